/**
 * @file BioCreative II answers (`ID|first last|text` a line) → an index of them by sentence. Memory holds some twenty
 * bytes a sentence; the lines themselves wait in a `TextStore`, in whatever order they stand.
 */
import { NeriumError } from "../../errors.ts";
import { quoted } from "../issues.ts";
import { lineEnd, readLineBlocks } from "../lines.ts";
import { newTextStore } from "../text-store.ts";
import type { TextStore } from "../text-store.ts";

export interface Answer {
  /** The first and the last of its characters, counted without white space. */
  readonly first: number;
  readonly last: number;
  readonly text: string;
  readonly line: number;
}

export interface Answers {
  /** The answers of a sentence in the order of the file; none when they were taken before. */
  take(id: string): readonly Answer[];
  /** The sentences whose answers nobody took, each with the line of its first answer. */
  left(): Generator<{ readonly id: string; readonly line: number }>;
  close(): void;
}

/** Lines of one sentence that follow each other are a group; the index has one entry for each. */
interface Groups {
  count: number;
  starts: Float64Array;
  lines: Uint32Array;
  hashes: Int32Array;
}

/** Reads all answers; no source, no answers. Throws CORPUS_FORMAT with the line. */
export async function readAnswers(
  source: AsyncIterable<Uint8Array> | undefined,
  file: string,
  store: TextStore = newTextStore(),
): Promise<Answers> {
  try {
    return answersOf(await grouped(source, file, store), store);
  } catch (error) {
    store.close();
    throw error;
  }
}

const answer = /[^|\n]+\|\d+ \d+\|/y;

async function grouped(
  source: AsyncIterable<Uint8Array> | undefined,
  file: string,
  store: TextStore,
): Promise<Groups> {
  const room = 1024;
  const starts = new Float64Array(room);
  const groups: Groups = { count: 0, starts, lines: new Uint32Array(room), hashes: new Int32Array(room) };
  if (source === undefined) return groups;
  let number = 0;
  let own = ""; // what the lines of the last group begin with
  for await (const block of readLineBlocks(source, { file }, () => number)) {
    for (let start = 0; start < block.length;) {
      const feed = block.indexOf("\n", start);
      const next = feed < 0 ? block.length : feed + 1;
      number++;
      answer.lastIndex = start;
      if (!answer.test(block)) {
        const line = block.slice(start, lineEnd(block, start, feed < 0 ? block.length : feed));
        if (line !== "") throw malformed(file, number, line);
      } else if (own === "" || !block.startsWith(own, start)) {
        own = block.slice(start, block.indexOf("|", start) + 1);
        addGroup(groups, store.length + start, number, hashOf(own.slice(0, -1)));
      }
      start = next;
    }
    store.append(block);
  }
  return groups;
}

function addGroup(groups: Groups, start: number, line: number, hash: number): void {
  const at = groups.count++;
  if (at === groups.starts.length) {
    groups.starts = grown(groups.starts, new Float64Array(2 * at));
    groups.lines = grown(groups.lines, new Uint32Array(2 * at));
    groups.hashes = grown(groups.hashes, new Int32Array(2 * at));
  }
  groups.starts[at] = start;
  groups.lines[at] = line;
  groups.hashes[at] = hash;
}

function grown<Numbers extends Float64Array | Uint32Array | Int32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}

function answersOf({ count, starts, lines, hashes }: Groups, store: TextStore): Answers {
  const first = new Int32Array(2 ** Math.ceil(Math.log2(count + 1))).fill(-1);
  const next = new Int32Array(count);
  const taken = new Uint8Array(count);
  const slot = (hash: number): number => hash & (first.length - 1);
  for (let group = count - 1; group >= 0; group--) {
    next[group] = first[slot(hashes[group]!)]!;
    first[slot(hashes[group]!)] = group;
  }
  const textOf = (group: number): string =>
    store.read(starts[group]!, group + 1 < count ? starts[group + 1]! : store.length);
  const take = (id: string): readonly Answer[] => {
    const found: Answer[] = [];
    const own = `${id}|`;
    const hash = hashOf(id);
    for (let group = first[slot(hash)]!; group >= 0; group = next[group]!) {
      if (hashes[group] !== hash || taken[group] === 1) continue;
      const text = textOf(group);
      if (!text.startsWith(own)) continue;
      taken[group] = 1;
      addAnswers(found, text, own, lines[group]!);
    }
    return found;
  };
  return {
    take,
    *left() {
      for (let group = 0; group < count; group++) {
        if (taken[group] === 1) continue;
        const id = textOf(group).split("|", 1)[0]!;
        take(id); // its other groups are not told of again
        yield { id, line: lines[group]! };
      }
    },
    close: () => store.close(),
  };
}

const rest = /(\d+) (\d+)\|/y;

/** The answers of one group's lines, all of which begin with the id and a bar, but for blank ones. */
function addAnswers(found: Answer[], text: string, own: string, firstLine: number): void {
  let line = firstLine;
  for (let start = 0; start < text.length; line++) {
    const feed = text.indexOf("\n", start);
    const end = feed < 0 ? text.length : feed;
    rest.lastIndex = start + own.length;
    const match = text.startsWith(own, start) ? rest.exec(text) : null;
    if (match !== null) {
      const stated = text.slice(rest.lastIndex, lineEnd(text, start, end));
      found.push({ first: Number(match[1]), last: Number(match[2]), text: stated, line });
    }
    start = end + 1;
  }
}

/** FNV-1a over UTF-16 units. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return hash;
}

function malformed(file: string, line: number, text: string): NeriumError {
  const problem = `expected ID|first last|text, got ${quoted(text)}; correct the line, or say which format the file has`;
  return new NeriumError("CORPUS_FORMAT", problem, { file, line });
}
