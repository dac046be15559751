/** @file One document → what is wrong with its mentions, and the document with wrong offsets repaired. */
import type { CodePointMap, Document, Mention } from "../documents/index.ts";
import { codePointMap, documentText, passageStarts } from "../documents/index.ts";
import type { LintKind, LintProblem } from "./lint-problems.ts";
import { newProblem, quoted } from "./lint-problems.ts";
import { overlappingPairs, spanKey } from "./overlap-pairs.ts";
import type { Misplaced } from "./repair.ts";
import { repairDocument } from "./repair.ts";
import type { Shift } from "./repair-shifts.ts";

export interface LintedDocument {
  /** Repaired as far as it can be. */
  readonly repaired: Document;
  /** Those that are `repairable` are not in the repaired document. */
  readonly problems: readonly LintProblem[];
  /** Mentions that lie within others: no fault, but worth a number. */
  readonly nested: number;
}

/** Where something is, in words: "abstract 711-761". */
type Place = (passage: number, ...offsets: readonly number[]) => string;

/** Everything that can be seen in one document alone. Offsets in problems are those of the document as it came. */
export function lintDocument(document: Document): LintedDocument {
  const { document: repaired, shifts, singles } = repairDocument(document);
  const place = placesOf(document);
  const passages = document.passages.map((_, index) => lintPassage(document, index, place));
  const empty = documentText(document).trim() === "";
  const problems = [
    ...(empty ? [newProblem("empty-document", document.id, "a document without text")] : []),
    ...shifts.map((shift) => shiftProblem(document, shift, place)),
    ...singles.map((single) => singleProblem(document, single, place)),
    ...passages.flatMap((passage) => passage.problems),
  ];
  return { repaired, problems, nested: passages.reduce((sum, passage) => sum + passage.nested, 0) };
}

function shiftProblem(
  document: Document,
  { passage, shift, mentions, whole }: Shift,
  place: Place,
): LintProblem {
  const all = document.passages[passage]!.mentions;
  const start = mentions.map((index) => all[index]!.start).reduce((a, b) => Math.min(a, b));
  const which = whole ? "all of the passage" : "from there on";
  const problem =
    `${place(passage, start)}: the offsets of ${mentions.length} mentions (${which}) are too ` +
    `${shift > 0 ? "small" : "large"} by ${Math.abs(shift)}; moving them makes the stated texts match`;
  const details = { passage, start, shift, mentions: mentions.length, whole, repairable: true };
  return { ...newProblem("shifted-offsets", document.id, problem), ...details };
}

function singleProblem(document: Document, single: Misplaced, place: Place): LintProblem {
  const { passage, start, end, type, stated, found, moved, reason } = single;
  const differs = `${place(passage, start, end)}: stated text ${quoted(stated)} differs from ${quoted(found)}`;
  const same = moved?.start === start && moved.end === end;
  const rest =
    moved === undefined
      ? reason!
      : same
        ? "in white space only"
        : `it stands at ${place(passage, moved.start, moved.end)}`;
  const details = { passage, start, end, type, stated, found, ...(moved !== undefined && { moved }) };
  const problem = newProblem("stated-text-differs", document.id, `${differs}; ${rest}`);
  return { ...problem, ...details, repairable: moved !== undefined };
}

interface LintedPassage {
  readonly problems: readonly LintProblem[];
  readonly nested: number;
}

function lintPassage(document: Document, passage: number, place: Place): LintedPassage {
  const { text, mentions } = document.passages[passage]!;
  const problems: LintProblem[] = [];
  const report = (kind: LintKind, { start, end, type }: Mention, what: string): void => {
    const problem = `${place(passage, start, end)}: ${what}`;
    problems.push({ ...newProblem(kind, document.id, problem), passage, start, end, type });
  };
  for (const mention of mentions) {
    const fault = boundsFault(text, mention);
    if (fault !== undefined) report(fault.kind, mention, fault.says);
  }
  const nested = lintPairs(mentions, report, (mention) => place(passage, mention.start, mention.end));
  return { problems, nested };
}

/** Mentions in others are only counted: that is how corpora mark them. Parts of discontinuous ones may lie anywhere. */
function lintPairs(
  mentions: readonly Mention[],
  report: (kind: LintKind, mention: Mention, what: string) => void,
  place: (mention: Mention) => string,
): number {
  let nested = 0;
  for (const { first, second, relation } of overlappingPairs(mentions)) {
    if (spanKey(first) === spanKey(second)) {
      if (first.type !== second.type) continue;
      const sameIds = String(first.ids) === String(second.ids);
      const rest = sameIds ? "" : ", with different identifiers";
      const kind = sameIds ? "repeated-mention" : "repeated-mention-other-ids";
      report(kind, second, `${second.type} is marked twice${rest}`);
    } else if (relation !== "crossing") nested++;
    else if (first.fragments === undefined && second.fragments === undefined) {
      report("crossing-mentions", second, `crosses ${first.type} at ${place(first)}`);
    }
  }
  return nested;
}

function boundsFault(text: string, mention: Mention): { kind: LintKind; says: string } | undefined {
  const { start, end } = mention;
  if (start >= end) return { kind: "empty-mention", says: "a mention without text" };
  if (start < 0 || end > text.length) {
    return { kind: "outside-text", says: `a mention outside of the text (${text.length} characters)` };
  }
  const marked = text.slice(start, end);
  // What the offsets of a mismatched mention hold is chance.
  if (mention.stated !== undefined || marked.trim() === marked) return undefined;
  return { kind: "blank-edge", says: `${quoted(marked)} begins or ends with white space` };
}

/**
 * Code points from the document's start, because that is what PubTator, BioC and brat write. The maps are made when the
 * first place is asked for: most documents have no problem.
 */
function placesOf(document: Document): Place {
  let maps: { readonly starts: readonly number[]; readonly codePoints: CodePointMap } | undefined;
  return (passage, ...offsets) => {
    maps ??= { starts: passageStarts(document), codePoints: codePointMap(documentText(document)) };
    const { starts, codePoints } = maps;
    const names = offsets.map((offset) => inCodePoints(codePoints, starts[passage]! + offset));
    const { kind } = document.passages[passage]!;
    const name = kind ?? (document.passages.length === 1 ? "text" : `passage ${passage + 1}`);
    return `${name} ${names.join("-")}`;
  };
}

/** Wrong offsets lie where no code point begins, or outside of the text: then they are said as they are. */
function inCodePoints(map: CodePointMap, offset: number): number {
  try {
    return map.toCodePoint(offset);
  } catch {
    return offset;
  }
}
