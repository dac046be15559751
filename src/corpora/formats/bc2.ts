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
import { readAnswers } from "./bc2-answers.ts";
import type { Answer, Answers } from "./bc2-answers.ts";
import { countedCharacters } from "./bc2-characters.ts";
import type { CountedCharacters } from "./bc2-characters.ts";

/** All mentions of these files are genes. */
const type = "Gene";

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

/**
 * Yields one document of one passage (kind "sentence") a line, with mentions of type "Gene". The answers are
 * indexed first (their lines wait on the disk where they are many), then the sentences are streamed. Throws CORPUS_FORMAT with file and line.
 */
export async function* readBc2(
  source: AsyncIterable<Uint8Array>,
  options: Bc2Options,
): AsyncGenerator<Document> {
  const evalFile = options.evalFile ?? "answers";
  const alternativesFile = options.alternativesFile ?? "alternatives";
  const read: Answers[] = [];
  try {
    const answers = await readAnswers(options.eval, evalFile);
    read.push(answers);
    const alternatives = await readAnswers(options.alternatives, alternativesFile);
    read.push(alternatives);
    for await (const lines of readLines(source, options)) {
      for (const line of lines) {
        if (line.text === "") continue;
        const space = line.text.indexOf(" ");
        if (space <= 0) throw malformed(options.file, line);
        const id = line.text.slice(0, space);
        const [own, others] = [answers.take(id), alternatives.take(id)];
        if (options.ids?.has(id) === false) continue;
        const document = toDocument(id, line.text.slice(space + 1), own, evalFile, options);
        yield others.length === 0 ? document : withAlternatives(document, others, alternativesFile, options);
      }
    }
    reportLeft(answers, evalFile, options);
    reportLeft(alternatives, alternativesFile, options);
  } finally {
    for (const file of read) file.close();
  }
}

function reportLeft(answers: Answers, file: string, options: ReadOptions): void {
  for (const { id, line } of answers.left()) {
    const problem = "answer for a sentence that is not in the sentence file: left out";
    options.onIssue?.({ kind: "answer-dropped", file, line, document: id, problem });
  }
}

function toDocument(
  id: string,
  text: string,
  answers: readonly Answer[],
  evalFile: string,
  options: ReadOptions,
): Document {
  if (answers.length === 0) return { id, passages: [{ text, kind: "sentence", mentions: [] }] };
  const characters = countedCharacters(text);
  const mentions = answers.map((answer): Mention => {
    const place = placed(answer, characters, evalFile, options);
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
  characters: CountedCharacters,
  file: string,
  options: ReadOptions,
): Mention {
  const place = characters.place(first, last);
  if (place === undefined) {
    const expected = `0 <= first <= last < ${characters.count} (characters that are no white space)`;
    const problem = `expected ${expected}, got ${first} ${last}; are these the answers to ${options.file}?`;
    throw new NeriumError("CORPUS_FORMAT", problem, { file, line });
  }
  return { start: place.start, end: place.end, type };
}

/** Checks the alternatives now, while their file and line are known, and keeps them as they were written. */
function withAlternatives(
  document: Document,
  alternatives: readonly Answer[],
  file: string,
  options: ReadOptions,
): Document {
  const characters = countedCharacters(document.passages[0]!.text);
  for (const alternative of alternatives) placed(alternative, characters, file, options);
  const lines = alternatives.map(({ first, last, text }) => `${first} ${last}|${text}`);
  return { ...document, carried: [{ format: "bc2", lines }] };
}

/** The other readings that a document carries, as mentions of its one passage. */
export function bc2Alternatives({ carried = [], passages }: Document): Mention[] {
  const lines = carried.filter(({ format }) => format === "bc2").flatMap((part) => part.lines);
  if (lines.length === 0) return [];
  const characters = countedCharacters(passages[0]?.text ?? "");
  return lines.flatMap((line) => {
    const [, first, last] = /^(\d+) (\d+)\|/.exec(line) ?? [];
    const place = characters.place(Number(first), Number(last));
    return place === undefined ? [] : [{ ...place, type }];
  });
}

function malformed(file: string, line: Line): NeriumError {
  const problem = `expected an id, a space and a sentence, got ${quoted(line.text)}; correct the line, or say which format the file has`;
  return new NeriumError("CORPUS_FORMAT", problem, { file, line: line.number });
}
