/** @file A BioC tree → a document; what the document's own fields cannot say is carried, so that nothing is lost. */
import { mentionText, spanOf } from "../../documents/index.ts";
import type { Carried, Document, Fragment, Mention, Passage } from "../../documents/index.ts";
import { quoted } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { infonsFor, isIdKey, meaningOf, unitInfon } from "./bioc-model.ts";
import type {
  BiocAnnotation,
  BiocCollection,
  BiocDocument,
  BiocShape,
  BiocUnit,
  CarriedPart,
  DocumentLayout,
  Infons,
  Meaning,
  MentionLayout,
  PassageLayout,
} from "./bioc-model.ts";
import { detectUnit } from "./bioc-detect.ts";
import { assemble } from "./bioc-text.ts";
import type { PlacedBlock, PlacedPassage } from "./bioc-text.ts";

export interface BiocReadOptions extends ReadOptions {
  /**
   * How the file counts. If absent: code points, or else the unit in which every annotation of the document stands
   * where its text says; another unit than code points is reported.
   */
  readonly unit?: BiocUnit | undefined;
}

/** Where a tree comes from. */
export interface BiocOrigin {
  readonly collection: BiocCollection | undefined;
  /** The line on which the document begins. */
  readonly line: number;
  /** How a JSON file puts its documents together. */
  readonly shape?: BiocShape | undefined;
}

interface Context {
  readonly document: string;
  readonly line: number;
  readonly options: BiocReadOptions;
  readonly parts: CarriedPart[];
}

export function toDocument(
  tree: BiocDocument,
  { collection, line, shape }: BiocOrigin,
  options: BiocReadOptions,
): Document {
  const context: Context = { document: tree.id, line, options, parts: [] };
  const unit = options.unit ?? detectUnit(tree, (kind, problem) => tell(context, kind, problem));
  if (collection !== undefined && worthCarrying(collection)) context.parts.push({ collection });
  const infons = tree.infons.filter(([key]) => key !== unitInfon);
  if (infons.length > 0) context.parts.push({ infons });
  if (tree.extra !== undefined) context.parts.push({ extra: tree.extra });
  const placed = tree.passages.map((passage) => assemble(passage, unit));
  const passages = placed.map((passage, index) => toPassage(passage, index, context));
  for (const relation of tree.relations) context.parts.push({ relation });
  return { id: tree.id, passages, ...carriedOf(context.parts, layoutOf(placed, unit, shape)) };
}

function worthCarrying({ source, date, key, infons, extra }: BiocCollection): boolean {
  return source + date + key !== "" || infons.length > 0 || extra !== undefined;
}

function carriedOf(parts: readonly CarriedPart[], layout: DocumentLayout | undefined) {
  const carried: Carried[] = [];
  if (parts.length > 0) carried.push({ format: "bioc", lines: parts.map((part) => JSON.stringify(part)) });
  if (layout !== undefined) carried.push({ format: "bioc-layout", lines: [JSON.stringify(layout)] });
  return carried.length > 0 ? { carried } : {};
}

/** Nothing where the writer would put every passage where it stands anyway: one space after the one before. */
function layoutOf(
  placed: readonly PlacedPassage[],
  unit: BiocUnit,
  shape: BiocShape | undefined,
): DocumentLayout | undefined {
  let next = 0;
  const usual = placed.every(({ tree, map, sentences }) => {
    const here = tree.offset === next && tree.text !== undefined && sentences.length === 0;
    next += map.length + 1;
    return here;
  });
  const kept = shape === undefined ? {} : { shape };
  if (usual && unit === "code-point") return shape === undefined ? undefined : { ...kept, unit };
  const passages = placed.map(({ tree, text, sentences }): PassageLayout => ({
    offset: tree.offset,
    length: text.length,
    ...(tree.text === undefined && { bare: true as const }),
    ...(sentences.length > 0 && { sentences: sentences.map((sentence) => sentenceLayout(sentence)) }),
  }));
  return { ...kept, unit, passages };
}

function sentenceLayout({ tree, start }: PlacedBlock) {
  return tree.text === undefined
    ? { offset: tree.offset }
    : { offset: tree.offset, start, length: tree.text.length };
}

function toPassage(placed: PlacedPassage, index: number, context: Context): Passage {
  const { tree, text } = placed;
  const [type, ...others] = tree.infons.filter(([key]) => key === "type");
  const kind = typeof type?.[1] === "string" && others.length === 0 ? type[1] : undefined;
  const plain = kind !== undefined && tree.infons.length === 1;
  if (tree.infons.length > 0 && !plain) context.parts.push({ passage: index, infons: tree.infons });
  if (tree.extra !== undefined) context.parts.push({ passage: index, extra: tree.extra });
  const mentions: Mention[] = [];
  addBlock(placed, { passage: index }, text, mentions, context);
  for (const [sentence, block] of placed.sentences.entries()) {
    const at = { passage: index, sentence };
    if (block.tree.infons.length > 0) context.parts.push({ ...at, infons: block.tree.infons });
    if (block.tree.extra !== undefined) context.parts.push({ ...at, extra: block.tree.extra });
    addBlock(block, at, text, mentions, context);
  }
  return { text, ...(kind !== undefined && { kind }), mentions };
}

function addBlock(
  block: PlacedBlock,
  at: { readonly passage: number; readonly sentence?: number },
  text: string,
  mentions: Mention[],
  context: Context,
): void {
  for (const annotation of block.tree.annotations) {
    const fragments = placeOf(annotation, block);
    if (fragments === undefined) {
      const where = annotation.locations.map(({ offset, length }) => `${offset}+${length}`).join(", ");
      const id = annotation.id === undefined ? "" : ` ${quoted(annotation.id)}`;
      tell(
        context,
        "unplaced-mention-kept",
        `annotation${id} at ${where || "no place"} has no place in its text: kept, but not as a mention`,
      );
      context.parts.push({ ...at, annotation, at: mentions.length });
    } else mentions.push(toMention(annotation, fragments, text, at.sentence, context));
  }
  for (const relation of block.tree.relations) context.parts.push({ ...at, relation });
}

/** The places of an annotation's locations in the passage's text, in the annotation's order. */
function placeOf({ locations }: BiocAnnotation, block: PlacedBlock): Fragment[] | undefined {
  const fragments: Fragment[] = [];
  for (const { offset, length } of locations) {
    const start = block.map.toUtf16(offset - block.tree.offset);
    const end = block.map.toUtf16(offset - block.tree.offset + length);
    if (start === undefined || end === undefined || start >= end) return undefined;
    fragments.push({ start: block.start + start, end: block.start + end });
  }
  return fragments.length === 0 ? undefined : fragments;
}

type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

// Field by field, not by spreading: this runs once a mention and was most of the time of reading.
function toMention(
  annotation: BiocAnnotation,
  fragments: readonly Fragment[],
  text: string,
  sentence: number | undefined,
  context: Context,
): Mention {
  const { type, ids, score } = meaningOf(annotation.infons);
  const mention: Draft<Mention> = { start: fragments[0]!.start, end: fragments[0]!.end, type };
  const layout: Draft<MentionLayout> = {};
  if (fragments.length > 1) placeParts(fragments, mention, layout);
  if (ids !== undefined) mention.ids = ids;
  if (score !== undefined) mention.score = score;
  const stated = annotation.text;
  if (stated === undefined) layout.silent = true;
  else if (fragments.length > 1 || stated !== text.slice(mention.start, mention.end)) {
    compareText(stated, text, mention, layout, context);
  }
  if (annotation.id !== undefined) layout.id = annotation.id;
  if (!sameInfons(annotation.infons, mention)) layout.infons = annotation.infons;
  if (annotation.extra !== undefined) layout.extra = annotation.extra;
  if (sentence !== undefined) layout.sentence = sentence;
  for (const _ in layout) {
    mention.carried = [carriedLayout(layout)];
    break;
  }
  return mention;
}

function placeParts(
  fragments: readonly Fragment[],
  mention: Draft<Mention>,
  layout: Draft<MentionLayout>,
): void {
  const span = spanOf(fragments);
  const sorted = span.fragments!;
  Object.assign(mention, span);
  const order = fragments.map((fragment) => sorted.indexOf(fragment));
  if (order.some((place, index) => place !== index)) layout.order = order;
}

/** A discontinuous mention may state its parts, or everything between its outer bounds. */
function compareText(
  stated: string,
  text: string,
  mention: Draft<Mention>,
  layout: Draft<MentionLayout>,
  context: Context,
): void {
  const joined = mentionText(text, mention);
  if (stated === joined) return;
  if (mention.fragments !== undefined && stated === text.slice(mention.start, mention.end)) {
    layout.outer = true;
    return;
  }
  mention.stated = stated;
  const problem = `stated text ${quoted(stated)} differs from ${quoted(joined)}: both kept`;
  tell(context, "stated-text-kept", problem);
}

/** Whether the writer would write these infons anyway. */
function sameInfons(infons: Infons, meaning: Meaning): boolean {
  const usual = infonsFor(meaning);
  return (
    usual.length === infons.length &&
    usual.every((infon, index) => infons[index]![0] === infon[0] && infons[index]![1] === infon[1])
  );
}

function carriedLayout(layout: MentionLayout): Carried {
  const more = layout.extra !== undefined || layout.infons?.some(([key]) => !isKnown(key)) === true;
  return { format: more ? "bioc" : "bioc-layout", lines: [JSON.stringify(layout)] };
}

/** Keys whose values are the mention's own fields. */
function isKnown(key: string): boolean {
  return key === "type" || key === "score" || isIdKey(key);
}

function tell({ document, line, options }: Context, kind: string, problem: string): void {
  options.onIssue?.({ kind, file: options.file, line, document, problem });
}
