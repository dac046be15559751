/**
 * @file BioCreative II gene mentions (`.in` sentences, `.eval` answers) → documents; the writer is in `bc2-write.ts`.
 * Format: https://biocreative.bioinformatics.udel.edu/tasks/biocreative-ii/task-1a-gene-mention-tagging/.
 * Answers count the characters that are no white space, first and last included. Alternatives (`ALTGENE.eval`: other
 * readings that a scorer accepts) are carried by the document as the lines `first last|text`; `bc2Alternatives` places
 * them.
 *
 * Reading and writing gives the same bytes but for: line endings, a byte-order mark, blank lines, and the order of the
 * answers' sentences, which becomes that of the sentence file.
 */
import type { Document, Mention } from "../../documents/index.ts";
import { NeriumError } from "../../errors.ts";
import { quoted } from "../issues.ts";
import type { ReadOptions } from "../issues.ts";
import { readLines } from "../lines.ts";
import type { Line } from "../lines.ts";

export interface Bc2Options extends ReadOptions {
  /** The answers (`GENE.eval`); without them the sentences have no mentions. */
  readonly eval?: AsyncIterable<Uint8Array> | undefined;
  /** The answers' file name, for messages. */
  readonly evalFile?: string | undefined;
  /** Other readings of the same mentions (`ALTGENE.eval`). */
  readonly alternatives?: AsyncIterable<Uint8Array> | undefined;
  /** The alternatives' file name, for messages. */
  readonly alternativesFile?: string | undefined;
  /** Only sentences with these ids are read. */
  readonly ids?: ReadonlySet<string> | undefined;
}

interface Answer {
  readonly first: number;
  readonly last: number;
  readonly text: string;
  readonly line: number;
}

/**
 * Yields one document of one passage (kind "sentence") a line, with mentions of type "Gene". The answers are held in
 * memory, the sentences are streamed. Throws CORPUS_FORMAT with file and line.
 */
export async function* readBc2(
  source: AsyncIterable<Uint8Array>,
  options: Bc2Options,
): AsyncGenerator<Document> {
  const evalFile = options.evalFile ?? "answers";
  const alternativesFile = options.alternativesFile ?? "alternatives";
  const answers = await readAnswers(options.eval, evalFile);
  const alternatives = await readAnswers(options.alternatives, alternativesFile);
  for await (const lines of readLines(source, options)) {
    for (const line of lines) {
      if (line.text === "") continue;
      const space = line.text.indexOf(" ");
      if (space <= 0) throw malformed(options.file, line, "an id, a space and a sentence");
      const id = line.text.slice(0, space);
      const own = answers.get(id) ?? [];
      const others = alternatives.get(id) ?? [];
      answers.delete(id);
      alternatives.delete(id);
      if (options.ids?.has(id) === false) continue;
      const document = toDocument(id, line.text.slice(space + 1), own, evalFile, options);
      yield others.length === 0 ? document : withAlternatives(document, others, alternativesFile, options);
    }
  }
  reportLeft(answers, evalFile, options);
  reportLeft(alternatives, alternativesFile, options);
}

function reportLeft(
  answers: ReadonlyMap<string, readonly Answer[]>,
  file: string,
  options: ReadOptions,
): void {
  for (const [id, [answer]] of answers) {
    const problem = "answer for a sentence that is not in the sentence file: left out";
    options.onIssue?.({ kind: "answer-dropped", file, line: answer!.line, document: id, problem });
  }
}

async function readAnswers(
  source: AsyncIterable<Uint8Array> | undefined,
  file: string,
): Promise<Map<string, Answer[]>> {
  const answers = new Map<string, Answer[]>();
  if (source === undefined) return answers;
  for await (const lines of readLines(source, { file })) {
    for (const line of lines) {
      if (line.text === "") continue;
      const match = /^([^|]+)\|(\d+) (\d+)\|(.*)$/s.exec(line.text);
      if (match === null) throw malformed(file, line, "ID|first last|text");
      const [, id, first, last, text] = match;
      const answer = { first: Number(first), last: Number(last), text: text!, line: line.number };
      const own = answers.get(id!);
      if (own === undefined) answers.set(id!, [answer]);
      else own.push(answer);
    }
  }
  return answers;
}

function toDocument(
  id: string,
  text: string,
  answers: readonly Answer[],
  evalFile: string,
  options: ReadOptions,
): Document {
  const solid = answers.length === 0 ? new Int32Array() : solidStarts(text);
  const mentions = answers.map((answer): Mention => {
    const place = placed(answer, text, solid, evalFile, options);
    const found = text.slice(place.start, place.end);
    if (found === answer.text) return place;
    const problem = `stated text ${quoted(answer.text)} differs from ${quoted(found)}: both kept`;
    const where = { file: evalFile, line: answer.line, document: id };
    options.onIssue?.({ kind: "stated-text-kept", ...where, problem });
    return { ...place, stated: answer.text };
  });
  return { id, passages: [{ text, kind: "sentence", mentions }] };
}

function placed(
  { first, last, line }: Answer,
  text: string,
  solid: Int32Array,
  file: string,
  options: ReadOptions,
): Mention {
  const [from, to] = [solid[first], solid[last]];
  if (from === undefined || to === undefined || first > last) {
    const expected = `0 <= first <= last < ${solid.length} (characters that are no white space)`;
    const problem = `expected ${expected}, got ${first} ${last}; are these the answers to ${options.file}?`;
    throw new NeriumError("CORPUS_FORMAT", problem, { file, line });
  }
  return { start: from, end: characterEnd(text, to), type: "Gene" };
}

/** Checks the alternatives now, while their file and line are known, and keeps them as they were written. */
function withAlternatives(
  document: Document,
  alternatives: readonly Answer[],
  file: string,
  options: ReadOptions,
): Document {
  const { text: sentence } = document.passages[0]!;
  const solid = solidStarts(sentence);
  for (const alternative of alternatives) placed(alternative, sentence, solid, file, options);
  const lines = alternatives.map(({ first, last, text }) => `${first} ${last}|${text}`);
  return { ...document, carried: [{ format: "bc2", lines }] };
}

/** The other readings that a document carries, as mentions of its one passage. */
export function bc2Alternatives({ carried = [], passages }: Document): Mention[] {
  const lines = carried.filter(({ format }) => format === "bc2").flatMap((part) => part.lines);
  if (lines.length === 0) return [];
  const text = passages[0]?.text ?? "";
  const solid = solidStarts(text);
  return lines.flatMap((line) => {
    const [, first, last] = /^(\d+) (\d+)\|/.exec(line) ?? [];
    const [from, to] = [solid[Number(first)], solid[Number(last)]];
    return from === undefined || to === undefined
      ? []
      : [{ start: from, end: characterEnd(text, to), type: "Gene" }];
  });
}

/** Where the characters begin that the answers count: all but ASCII white space, as in the task's own script. */
export function solidStarts(text: string): Int32Array {
  const starts = new Int32Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) continue;
    starts[count++] = at;
    if (characterEnd(text, at) > at + 1) at++;
  }
  return starts.subarray(0, count);
}

/** Two units behind the start of a surrogate pair, one behind any other. */
export function characterEnd(text: string, start: number): number {
  const isPair = (text.codePointAt(start) ?? 0) > 0xffff;
  return start + (isPair ? 2 : 1);
}

function malformed(file: string, line: Line, expected: string): NeriumError {
  const problem = `expected ${expected}, got ${quoted(line.text)}; correct the line, or say which format the file has`;
  return new NeriumError("CORPUS_FORMAT", problem, { file, line: line.number });
}
