/**
 * @file BioCreative II gene mentions (`.in` sentences, `.eval` answers) → documents.
 * Format: https://biocreative.bioinformatics.udel.edu/tasks/biocreative-ii/task-1a-gene-mention-tagging/.
 * Answers count the characters that are no white space, first and last included.
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
  const answers =
    options.eval === undefined ? new Map<string, Answer[]>() : await readAnswers(options.eval, evalFile);
  for await (const lines of readLines(source, options)) {
    for (const line of lines) {
      if (line.text === "") continue;
      const space = line.text.indexOf(" ");
      if (space <= 0) throw malformed(options.file, line, "an id, a space and a sentence");
      const id = line.text.slice(0, space);
      const own = answers.get(id) ?? [];
      answers.delete(id);
      if (options.ids?.has(id) === false) continue;
      yield toDocument(id, line.text.slice(space + 1), own, evalFile, options);
    }
  }
  for (const [id, [answer]] of answers) {
    const problem = "answer for a sentence that is not in the sentence file: left out";
    options.onIssue?.({ file: evalFile, line: answer!.line, document: id, problem });
  }
}

async function readAnswers(source: AsyncIterable<Uint8Array>, file: string): Promise<Map<string, Answer[]>> {
  const answers = new Map<string, Answer[]>();
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
  const solid = answers.length === 0 ? [] : solidCharacters(text);
  const mentions = answers.map((answer): Mention => {
    const [first, last] = [solid[answer.first], solid[answer.last]];
    if (first === undefined || last === undefined || answer.first > answer.last) {
      const expected = `0 <= first <= last < ${solid.length} (characters that are no white space)`;
      const problem = `expected ${expected}, got ${answer.first} ${answer.last}; are these the answers to ${options.file}?`;
      throw new NeriumError("CORPUS_FORMAT", problem, { file: evalFile, line: answer.line });
    }
    const place = { start: first.start, end: last.end, type: "Gene" };
    const found = text.slice(place.start, place.end);
    if (found === answer.text) return place;
    const problem = `stated text ${quoted(answer.text)} differs from ${quoted(found)}: both kept`;
    options.onIssue?.({ file: evalFile, line: answer.line, document: id, problem });
    return { ...place, stated: answer.text };
  });
  return { id, passages: [{ text, kind: "sentence", mentions }] };
}

/** UTF-16 places of the characters that the answers count: all but ASCII white space, as in the task's own script. */
function solidCharacters(text: string): { readonly start: number; readonly end: number }[] {
  return [...text.matchAll(/[^ \t\n\r\f\v]/gu)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}

function malformed(file: string, line: Line, expected: string): NeriumError {
  const problem = `expected ${expected}, got ${quoted(line.text)}; correct the line, or say which format the file has`;
  return new NeriumError("CORPUS_FORMAT", problem, { file, line: line.number });
}
