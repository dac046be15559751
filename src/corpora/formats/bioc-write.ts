/** @file A document of any origin → a BioC tree, the inverse of `bioc-read.ts`. */
import { mentionText } from "../../documents/index.ts";
import type { Carried, Document, Mention, Passage } from "../../documents/index.ts";
import { reportDropped } from "../issues.ts";
import type { OnIssue } from "../issues.ts";
import { detectUnit } from "./bioc-detect.ts";
import { infonsFor, isIdKey, meaningOf, sameMeaning, unitInfon } from "./bioc-model.ts";
import type {
  BiocAnnotation,
  BiocBlock,
  BiocCollection,
  BiocDocument,
  BiocPassage,
  BiocShape,
  BiocUnit,
  CarriedPart,
  DocumentLayout,
  Infons,
  MentionLayout,
  PassageLayout,
} from "./bioc-model.ts";
import { unitMap } from "./bioc-units.ts";

/** A tree, and what the document carries of its file. */
export interface WrittenDocument {
  readonly tree: BiocDocument;
  readonly collection: BiocCollection | undefined;
  readonly shape: BiocShape | undefined;
}

export function fromDocument(document: Document, onIssue: OnIssue | undefined): WrittenDocument {
  reportDropped(document, "bioc", [], onIssue);
  reportIds(document, onIssue);
  reportSeparator(document, onIssue);
  const parts = linesOf(document.carried, "bioc").map((line) => JSON.parse(line) as CarriedPart);
  const [stated] = linesOf(document.carried, "bioc-layout");
  const layout = stated === undefined ? undefined : (JSON.parse(stated) as DocumentLayout);
  const unit = layout?.unit ?? "code-point";
  const passages: BiocPassage[] = [];
  let next = 0;
  for (const [index, passage] of document.passages.entries()) {
    const own = parts.filter((part) => part.passage === index);
    const place = layout?.passages?.[index] ?? { offset: next, length: passage.text.length };
    const tree = toTree(passage, place, unit, own);
    passages.push(tree);
    next = tree.offset + unitMap(passage.text, unit).length + unitMap(document.separator ?? " ", unit).length;
  }
  const own = parts.filter((part) => part.passage === undefined);
  const tree = withUnit({ id: document.id, ...partsOf(own), passages }, document, unit);
  const { collection } = own.find((part) => part.collection !== undefined) ?? {};
  return { tree, collection, shape: layout?.shape };
}

/** Says the unit where a reader would take it for another one. */
function withUnit(tree: BiocDocument, { passages }: Document, unit: BiocUnit): BiocDocument {
  const clear = unit === "code-point" && !passages.some(({ mentions }) => mentions.some(isAmiss));
  if (clear || detectUnit(tree, () => {}) === unit) return tree;
  return { ...tree, infons: [...tree.infons, [unitInfon, unit]] };
}

function isAmiss({ stated }: Mention): boolean {
  return stated !== undefined;
}

function linesOf(carried: readonly Carried[] | undefined, format: string): readonly string[] {
  return carried?.find((part) => part.format === format)?.lines ?? [];
}

function partsOf(parts: readonly CarriedPart[]) {
  const extra = parts.find((part) => part.extra !== undefined)?.extra;
  return {
    infons: parts.find((part) => part.infons !== undefined)?.infons ?? [],
    relations: parts.flatMap((part) => part.relation ?? []),
    ...(extra !== undefined && { extra }),
  };
}

function toTree(
  passage: Passage,
  layout: PassageLayout,
  unit: BiocUnit,
  parts: readonly CarriedPart[],
): BiocPassage {
  const own = parts.filter((part) => part.sentence === undefined);
  const { infons, ...rest } = partsOf(own);
  // A text of another length is another text: its sentences are gone.
  const unchanged = layout.length === passage.text.length;
  const sentences = unchanged ? (layout.sentences ?? []) : [];
  const homes = passage.mentions.map((mention) => home(mention, sentences));
  const bare = layout.bare === true && (sentences.length > 0 || passage.text === "");
  const block = (index: number | undefined, start: number, offset: number, text: string): Block => ({
    passage: passage.text,
    mentions: passage.mentions,
    wanted: (place) => homes[place] === index,
    parts: parts.filter((part) => part.sentence === index),
    start,
    offset,
    map: unitMap(text, unit),
  });
  return {
    ...rest,
    infons: withKind(infons, passage.kind),
    offset: layout.offset,
    ...(!bare && { text: passage.text }),
    annotations: annotationsOf(block(undefined, 0, layout.offset, passage.text)),
    sentences: sentences.map(({ offset, start, length }, index): BiocBlock => {
      const text = start === undefined ? undefined : passage.text.slice(start, start + length!);
      const whole = text === undefined;
      const from = whole ? 0 : start!;
      const base = whole ? layout.offset : offset;
      return {
        ...partsOf(parts.filter((part) => part.sentence === index)),
        offset,
        ...(text !== undefined && { text }),
        annotations: annotationsOf(block(index, from, base, whole ? passage.text : text)),
      };
    }),
  };
}

/** The sentence that a mention goes to: where it was, or else the one that it lies in. */
function home(mention: Mention, sentences: NonNullable<PassageLayout["sentences"]>): number | undefined {
  if (sentences.length === 0) return undefined;
  const holds = ({ start, length }: (typeof sentences)[number]): boolean =>
    start === undefined || (start <= mention.start && mention.end <= start + length!);
  const stated = layoutOf(mention);
  if (stated !== undefined) {
    const { sentence } = stated;
    if (sentence === undefined || (sentences[sentence] !== undefined && holds(sentences[sentence]))) {
      return sentence;
    }
  }
  const found = sentences.findIndex((one) => one.start !== undefined && holds(one));
  return found < 0 ? undefined : found;
}

function layoutOf(mention: Mention): MentionLayout | undefined {
  const carried = mention.carried?.find(({ format }) => format === "bioc" || format === "bioc-layout");
  return carried === undefined ? undefined : (JSON.parse(carried.lines[0]!) as MentionLayout);
}

function withKind(infons: Infons, kind: string | undefined): Infons {
  if (kind === undefined) return infons;
  if (infons.some(([key, value]) => key === "type" && value === kind)) return infons;
  return [["type", kind], ...infons.filter(([key]) => key !== "type")];
}

interface Block {
  readonly passage: string;
  readonly mentions: readonly Mention[];
  readonly wanted: (index: number) => boolean;
  readonly parts: readonly CarriedPart[];
  /** UTF-16 place of the block in the passage. */
  readonly start: number;
  readonly offset: number;
  readonly map: { fromUtf16(offset: number): number };
}

/** Mentions, and between them, where they stood, the annotations that are no mentions. */
function annotationsOf(block: Block): BiocAnnotation[] {
  const unplaced = block.parts.filter((part) => part.annotation !== undefined);
  const annotations: BiocAnnotation[] = [];
  for (const [index, mention] of block.mentions.entries()) {
    while (unplaced.length > 0 && (unplaced[0]!.at ?? Infinity) <= index)
      annotations.push(unplaced.shift()!.annotation!);
    if (block.wanted(index)) annotations.push(toAnnotation(mention, block));
  }
  return [...annotations, ...unplaced.map((part) => part.annotation!)];
}

function toAnnotation(mention: Mention, { passage, start, offset, map }: Block): BiocAnnotation {
  const layout = layoutOf(mention) ?? {};
  const text = mentionText(passage, mention); // also checks the bounds
  const sorted = mention.fragments ?? [mention];
  const { order } = layout;
  const fits = order?.length === sorted.length;
  const fragments = fits ? order.map((place) => sorted[place]!) : sorted;
  const whole = layout.outer === true ? passage.slice(mention.start, mention.end) : text;
  return {
    ...(layout.id !== undefined && { id: layout.id }),
    infons: currentInfons(layout.infons, mention),
    locations: fragments.map((fragment) => {
      const from = map.fromUtf16(fragment.start - start);
      return { offset: offset + from, length: map.fromUtf16(fragment.end - start) - from };
    }),
    ...(layout.silent !== true && { text: mention.stated ?? whole }),
    ...(layout.extra !== undefined && { extra: layout.extra }),
  };
}

/** The infons as they were, with what has changed since. */
function currentInfons(infons: Infons | undefined, mention: Mention): Infons {
  if (infons === undefined) return infonsFor(mention);
  const before = meaningOf(infons);
  if (sameMeaning(before, mention)) return infons;
  const idsChanged = JSON.stringify(before.ids) !== JSON.stringify(mention.ids);
  const others = infons.filter(([key]) => key !== "type" && key !== "score" && !(idsChanged && isIdKey(key)));
  const { type, ids, score } = mention;
  const now = {
    type,
    ...(idsChanged && ids !== undefined && { ids }),
    ...(score !== undefined && { score }),
  };
  return [...infonsFor(now), ...others];
}

/** Identifiers are joined by "|" and split again by PubTator's rule, which cannot hold every list. */
function reportIds(document: Document, onIssue: OnIssue | undefined): void {
  if (onIssue === undefined) return;
  let count = 0;
  for (const { mentions } of document.passages) {
    for (const { type, ids } of mentions) {
      if (ids === undefined || ids.length < 2) continue;
      if (!sameMeaning(meaningOf(infonsFor({ type, ids })), { type, ids })) count++;
    }
  }
  if (count === 0) return;
  const problem = `${count} lists of identifiers are read back as one identifier with "|" in it: BioC has one text for all`;
  onIssue({ kind: "ids-joined", count, document: document.id, problem });
}

/** Offsets say how long the gap between passages is, and nothing says what it holds. */
function reportSeparator({ id, passages, separator }: Document, onIssue: OnIssue | undefined): void {
  if (separator === undefined || separator === " " || passages.length < 2) return;
  const problem = `${JSON.stringify(separator)} between passages left out: BioC only says where passages begin`;
  onIssue?.({ kind: "separator-dropped", document: id, problem });
}
