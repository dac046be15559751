/** @file A document's mentions → spans in document offsets, in text order, equal ones once; and how two spans overlap. */
import type { Document, Fragment, Mention } from "../documents/index.ts";
import { passageStarts } from "../documents/index.ts";
import { partitionPoint } from "../shared/partition-point.ts";

/** One mention, seen as what a scorer compares. All offsets count in `documentText(document)`. */
export interface Span extends Fragment {
  readonly type: string;
  /** Equal for spans of equal start, end and fragments, whatever their type. */
  readonly key: string;
  /** The parts it covers: in order, apart from each other. */
  readonly parts: readonly Fragment[];
  readonly mention: Mention;
}

/** Mentions equal in start, end, fragments and type give one span; `types` leaves out all others. */
export function spansOf(document: Document, types?: readonly string[]): Span[] {
  const spans = new Map<string, Span>();
  const starts = passageStarts(document);
  for (const [at, passage] of document.passages.entries()) {
    for (const mention of passage.mentions) {
      if (types !== undefined && !types.includes(mention.type)) continue;
      const span = toSpan(mention, starts[at]!);
      const identity = identityOf(span);
      if (!spans.has(identity)) spans.set(identity, span);
    }
  }
  return [...spans.values()].sort(inTextOrder);
}

/** Equal for spans of equal start, end, fragments and type. */
export function identityOf({ key, type }: Span): string {
  return `${key} ${type}`;
}

function inTextOrder(a: Span, b: Span): number {
  return a.start - b.start || a.end - b.end || (a.type < b.type ? -1 : 1);
}

function toSpan(mention: Mention, base: number): Span {
  const { start, end, type } = mention;
  const parts = (mention.fragments ?? [mention]).map((part) => ({
    start: base + part.start,
    end: base + part.end,
  }));
  const outer = { start: base + start, end: base + end };
  return { ...outer, type, key: spanKey(mention, base), parts: merged(parts), mention };
}

/** A mention without fragments and one whose only fragment is the whole are the same span. */
export function spanKey(mention: Mention, base: number): string {
  const parts = mention.fragments ?? [mention];
  return [mention, ...parts].map(({ start, end }) => `${base + start}-${base + end}`).join(" ");
}

/** Fragments that touch or overlap become one: then lengths add up. */
function merged(parts: readonly Fragment[]): Fragment[] {
  const result: Fragment[] = [];
  for (const part of [...parts].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && part.start <= last.end) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, part.end) };
    } else result.push(part);
  }
  return result;
}

/** Characters that a span covers. */
export function lengthOf({ parts }: Span): number {
  return parts.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** Characters that both spans cover: what lies in a gap of a discontinuous mention is not its own. */
export function overlapOf(a: Span, b: Span): number {
  let shared = 0;
  for (const one of a.parts) {
    for (const other of b.parts) {
      shared += Math.max(0, Math.min(one.end, other.end) - Math.max(one.start, other.start));
    }
  }
  return shared;
}

/** Finds the indices of all spans that overlap a given one, in text order, without looking at all of them. */
export function overlapFinder(spans: readonly Span[]): (span: Span) => number[] {
  const reach = new Float64Array(spans.length); // the furthest end so far: ascending, so it can be searched
  for (const [at, { end }] of spans.entries()) reach[at] = Math.max(end, at > 0 ? reach[at - 1]! : 0);
  return (span) => {
    const found: number[] = [];
    for (let at = firstAbove(reach, span.start); at < spans.length && spans[at]!.start < span.end; at++) {
      if (overlapOf(spans[at]!, span) > 0) found.push(at);
    }
    return found;
  };
}

function firstAbove(ascending: Float64Array, limit: number): number {
  return partitionPoint(ascending.length, (at) => ascending[at]! <= limit);
}
