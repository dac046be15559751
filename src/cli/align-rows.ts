/** @file JSON Lines of texts and of answers → rows that belong together by id, or by their number where there are no ids. */
import { createReadStream } from "node:fs";
import { fileStem, readLines } from "../corpora/index.ts";
import { NeriumError } from "../errors.ts";

export interface SourceRow {
  readonly id: string;
  /** What the answer's row has too. */
  readonly key: string;
  readonly input: string;
}

/** What each row with the same key says, in order; undefined where a row has no answer. */
export type Answers = ReadonlyMap<string, readonly (string | undefined)[]>;

export async function readSource(path: string): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const { row, number } of readRows(path)) {
    const input = row["input"] ?? row["text"];
    if (typeof input !== "string") throw malformed(path, number, '"input"');
    rows.push({ id: idOf(row) ?? `${fileStem(path)}:${number}`, key: keyOf(row, number), input });
  }
  return rows;
}

/** In a file of their own each row must have an answer; a null counts as none. */
export async function readAnswers(path: string, own: boolean): Promise<Answers> {
  const answers = new Map<string, (string | undefined)[]>();
  for await (const { row, number } of readRows(path)) {
    const { answer = own ? undefined : null } = row;
    if (typeof answer !== "string" && answer !== null) throw malformed(path, number, '"answer"');
    const key = keyOf(row, number);
    const others = answers.get(key);
    if (others === undefined) answers.set(key, [answer ?? undefined]);
    else others.push(answer ?? undefined);
  }
  return answers;
}

/**
 * Each input with the answers to it. Where several inputs have one id, as many answers belong to them in their order;
 * any other number of answers would be guesswork, unless all the inputs are the same.
 */
export function* pairRows(
  sources: readonly SourceRow[],
  answers: Answers,
  file: string,
): Generator<{ readonly source: SourceRow; readonly answers: readonly string[] }> {
  const inputs = new Map<string, string[]>();
  for (const { key, input } of sources) {
    const others = inputs.get(key);
    if (others === undefined) inputs.set(key, [input]);
    else others.push(input);
  }
  const used = new Map<string, number>();
  for (const source of sources) {
    const { id, key } = source;
    const same = inputs.get(key)!;
    const said = answers.get(key) ?? [];
    const at = used.get(key) ?? 0;
    used.set(key, at + 1);
    const inOrder = same.length > 1 && said.length === same.length;
    if (!inOrder && said.length > 0 && same.some((input) => input !== same[0])) {
      const problem = `${same.length} inputs have the id "${id}": expected as many answers, got ${said.length}`;
      throw new NeriumError("DATA", `${problem}; give each input an id of its own`, { file });
    }
    yield { source, answers: (inOrder ? [said[at]] : said).filter((answer) => answer !== undefined) };
  }
}

interface Row {
  readonly row: Readonly<Record<string, unknown>>;
  readonly number: number;
}

/** stdin can be read once only, and a file with both texts and answers is read twice. */
let stdinBytes: Promise<Uint8Array> | undefined;

async function* readRows(path: string): AsyncGenerator<Row> {
  for await (const lines of readLines(bytesOf(path), { file: path === "-" ? "stdin" : path })) {
    for (const { text, number } of lines) {
      if (text.trim() !== "") yield { row: parsed(text, path, number), number };
    }
  }
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  if (path !== "-") {
    for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
    return;
  }
  stdinBytes ??= collected(process.stdin);
  yield await stdinBytes;
}

async function collected(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function parsed(text: string, path: string, number: number): Row["row"] {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Row["row"];
  } catch (cause) {
    throw malformed(path, number, "", cause);
  }
  throw malformed(path, number, "");
}

function idOf({ id }: Row["row"]): string | undefined {
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}

/** Numbers and ids cannot be mistaken for each other. */
function keyOf(row: Row["row"], number: number): string {
  const id = idOf(row);
  return id === undefined ? `row ${number}` : `id ${id}`;
}

function malformed(file: string, line: number, missing: string, cause?: unknown): NeriumError {
  const expected = missing === "" ? "one JSON object" : `a string under ${missing}`;
  const problem = `expected ${expected}; rows are {"id","input"} and {"id","answer"}, or both in one`;
  return new NeriumError("CORPUS_FORMAT", problem, { file, line, cause });
}
