/**
 * @file Plain token-by-token constrained decoding over {copy, open, close}: what the markup engine must give. Written on its
 * own from the language's definition (docs/recognition.md): every step reads everything again and scores all tokens.
 */
import type { SignsByType } from "../src/instructions/index.ts";
import { encodeContinuations } from "../src/models/language-model-rows.ts";
import type { Tokenizer } from "../src/tokens/index.ts";

export interface ReferenceOptions {
  readonly text: string;
  /** What the style's answers have behind the text. */
  readonly end: string;
  readonly signs: SignsByType;
  readonly tokenizer: Tokenizer;
  readonly prompt: readonly number[];
  /** Scores of every token behind these. */
  readonly next: (ids: readonly number[]) => Promise<Float32Array>;
  /** Index of the chosen one of some candidates' scores, and its probability. */
  readonly choose: (scores: Float32Array) => { readonly index: number; readonly probability: number };
}

interface Way {
  readonly ids: readonly number[];
  readonly place: number;
  readonly tag?: string;
}

export interface ReferenceMention {
  readonly start: number;
  readonly end: number;
  readonly type: string;
  readonly score: number;
}

export async function decodeTokenByToken(options: ReferenceOptions): Promise<{
  readonly mentions: readonly ReferenceMention[];
  /** The answer, tags and all. */
  readonly ids: readonly number[];
}> {
  const mentions: ReferenceMention[] = [];
  const written: number[] = [];
  let open: { start: number; type: string; score: number } | undefined;
  for (let start = 0; ;) {
    const ways = distinct(await waysFrom(options, start, open?.type));
    const { way, probability, lastProbability } = await follow(options, ways, written);
    written.push(...way.ids);
    start = way.place;
    if (open !== undefined) {
      mentions.push({ start: open.start, end: start, type: open.type, score: open.score * probability });
      open = undefined;
    } else if (way.tag === undefined) return { mentions, ids: written };
    else open = { start, type: way.tag, score: lastProbability };
  }
}

/** All that may be written up to the next tag; the last is the text untouched, as far as it goes. */
async function waysFrom(
  { text, end, signs, tokenizer }: ReferenceOptions,
  start: number,
  type: string | undefined,
): Promise<Way[]> {
  const encode = async (...pieces: string[]): Promise<number[]> => {
    return (await encodeContinuations(tokenizer, pieces)).flat();
  };
  const words = [...text.matchAll(/(?:\p{L}\p{M}*)+|\p{N}+|[^\p{White_Space}\p{L}\p{N}]\p{M}*/gu)];
  const ways: Way[] = [];
  for (const { 0: word, index } of words) {
    if (type !== undefined) {
      const place = index + word.length;
      if (place > start)
        ways.push({ ids: await encode(text.slice(start, place), signs.get(type)!.close), place });
      continue;
    }
    if (index < start) continue;
    const blank = index > start && text[index - 1] === " " ? " " : "";
    for (const [tag, { open }] of signs) {
      const ids = await encode(text.slice(start, index - blank.length), blank + open);
      ways.push({ ids, place: index, tag });
    }
  }
  const whole = text + end;
  if (type === undefined) ways.push({ ids: await encode(whole.slice(start)), place: whole.length });
  return ways;
}

/** Where the text goes on like a tag, only the text may go on. */
function distinct(ways: readonly Way[]): Way[] {
  const draft = ways.at(-1)!;
  const begins = (a: Way, b: Way): boolean => a.ids.every((id, at) => id === b.ids[at]);
  return ways.filter((way) => way === draft || !(begins(way, draft) || begins(draft, way)));
}

async function follow(
  { next, choose, prompt }: ReferenceOptions,
  ways: readonly Way[],
  written: readonly number[],
): Promise<{ way: Way; probability: number; lastProbability: number }> {
  const draft = ways.at(-1)!;
  let live = ways;
  let probability = 1;
  let lastProbability = 1; // of the decisions that left the draft
  for (let at = 0; ; at++) {
    const complete = live.find(({ ids }) => ids.length === at);
    if (complete !== undefined) return { way: complete, probability, lastProbability };
    const ordered = live.includes(draft) ? [draft, ...live] : live;
    const candidates = [...new Set(ordered.map(({ ids }) => ids[at]!))];
    let token = candidates[0]!;
    if (candidates.length > 1) {
      const all = await next([...prompt, ...written, ...live[0]!.ids.slice(0, at)]);
      const chosen = choose(Float32Array.from(candidates, (id) => all[id]!));
      token = candidates[chosen.index]!;
      probability *= chosen.probability;
      if (!live.includes(draft) || token !== draft.ids[at]) lastProbability *= chosen.probability;
    }
    live = live.filter(({ ids }) => ids[at] === token);
  }
}
