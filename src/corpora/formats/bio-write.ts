/** @file Documents of any origin → CoNLL-style columns in IOB2 or IOBES, the inverse of `bio.ts`. */
import { mentionsToBio } from "../../documents/index.ts";
import type { Document, Fragment, Passage } from "../../documents/index.ts";
import { idPart, quoted, reportDropped } from "../issues.ts";
import type { OnIssue, WriteOptions } from "../issues.ts";
import { bioLayout } from "./bio.ts";

export type BioScheme = "iob2" | "iobes";

/** Everything between spaces, for texts that are divided already; or words, numbers and single characters. */
export type BioTokens = "spaces" | "words";

export interface BioWriteOptions extends WriteOptions {
  /** How labels say where a mention begins and ends; what the document was read from if absent, or IOB2. */
  readonly scheme?: BioScheme | undefined;
  /** What a text is divided into; "spaces" if absent for what was read from columns, else "words". */
  readonly tokens?: BioTokens | undefined;
}

const patterns: Readonly<Record<BioTokens, RegExp>> = {
  spaces: /[^ \t\n]+/g,
  /** Runs of letters (with their marks), runs of digits, and any other character that is no white space by itself. */
  words: /\p{L}[\p{L}\p{M}]*|\p{N}+|[^\s]/gu,
};

/**
 * Yields the lines of one document at a time, with a blank line after each passage. Mentions that labels cannot say
 * (an end inside of a token, overlaps, several parts) are left out and reported one by one.
 */
export async function* writeBio(
  documents: AsyncIterable<Document>,
  options: BioWriteOptions = {},
): AsyncGenerator<string> {
  let number = 0;
  for await (const document of documents) yield documentLines(document, ++number, options);
}

function documentLines(document: Document, number: number, options: BioWriteOptions): string {
  const { scheme, onIssue } = options;
  reportDropped(document, "bio", [...idPart(document, number), "ids", "scores", "stated-texts"], onIssue);
  const layout = document.carried?.find(({ format }) => format === bioLayout)?.lines;
  const [stated, start] = layout ?? [];
  const between = document.carried?.find(({ format }) => format === "bio")?.lines ?? [];
  const iobes = (scheme ?? stated) === "iobes";
  reportPassages(document, start === undefined, onIssue);
  const divided = options.tokens ?? (layout === undefined ? "words" : "spaces");
  const tokens = document.passages.map(({ text }) => tokensOf(text, patterns[divided]));
  const fits = between.length === tokens.reduce((sum, { length }) => sum + length, 0);
  let row = 0;
  const sentences = document.passages.map((passage, index) => {
    const labels = labelsOf(document, passage, tokens[index]!, onIssue);
    const lines = tokens[index]!.map(({ start, end }, place) => {
      const label = iobes ? withEnds(labels, place) : labels[place]!;
      const columns = fits ? `\t${between[row++]!}` : "";
      return `${passage.text.slice(start, end)}${columns}\t${label}\n`;
    });
    return lines.length === 0 ? "" : `${lines.join("")}\n`;
  });
  return `${start === undefined ? "" : `${start}\n\n`}${sentences.join("")}`;
}

function tokensOf(text: string, pattern: RegExp): readonly Fragment[] {
  return Array.from(text.matchAll(pattern), ({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
  }));
}

/** IOB2 → IOBES: the label before anything but an I is the mention's end. */
function withEnds(labels: readonly string[], index: number): string {
  const label = labels[index]!;
  if (label === "O" || labels[index + 1]?.startsWith("I") === true) return label;
  return `${label.startsWith("B") ? "S" : "E"}${label.slice(1)}`;
}

function labelsOf(
  document: Document,
  { text, mentions }: Passage,
  tokens: readonly Fragment[],
  onIssue: OnIssue | undefined,
): readonly string[] {
  const { labels, misaligned, overlapping, discontinuous } = mentionsToBio(tokens, mentions);
  const left = [
    ["misaligned-mention", "ends inside of a token", misaligned],
    ["overlapping-mention", "overlaps a better one", overlapping],
    ["discontinuous-mention", "has several parts", discontinuous],
  ] as const;
  for (const [kind, reason, dropped] of left) {
    for (const { start, end, type } of dropped) {
      const what = `${type} mention ${quoted(text.slice(start, end))}`;
      onIssue?.({ kind, document: document.id, problem: `${what} ${reason}: left out, BIO cannot hold it` });
    }
  }
  if (onIssue !== undefined && text !== tokens.map(({ start, end }) => text.slice(start, end)).join(" ")) {
    const problem = "white space is not in columns: one space between tokens is read back";
    onIssue({ kind: "white-space-replaced", document: document.id, problem });
  }
  return labels;
}

/** A passage is written as a sentence, and read back as a document where no -DOCSTART- line says otherwise. */
function reportPassages(document: Document, divided: boolean, onIssue: OnIssue | undefined): void {
  const { id, passages } = document;
  const kinds = passages.filter(({ kind }) => kind !== undefined && kind !== "sentence").length;
  if (kinds > 0) {
    const problem = "kinds of passages left out: each is a sentence";
    onIssue?.({ kind: "passage-kinds-dropped", count: kinds, document: id, problem });
  }
  if (divided && passages.length > 1) {
    const problem = `${passages.length} passages written as sentences: each is read back as a document`;
    onIssue?.({ kind: "document-split", document: id, problem });
  }
}
