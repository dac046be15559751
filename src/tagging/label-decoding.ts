/** @file Probabilities of O, B and I for each token of a text → its most probable legal mentions of one type. */
import type { Mention } from "../documents/index.ts";
import { begin, inside, outside } from "../models/token-classifier.ts";
import type { Encoding } from "../tokens/index.ts";

/** Probabilities [tokens, heads, 3] of one text. */
export interface LabelProbabilities {
  readonly values: Float32Array;
  readonly heads: number;
}

const tiny = 1e-30;

/** Whether `label` may follow `previous`; within a word a mention neither begins nor ends. */
function allowed(previous: number, label: number, startsWord: boolean): boolean {
  if (!startsWord) return label === (previous === outside ? outside : inside);
  return label !== inside || previous !== outside;
}

/**
 * The best label of every token by Viterbi's algorithm over legal sequences: no I after O, and all pieces of a word
 * inside the same mention or outside of all (words are the tokenizer's pre-tokens).
 */
export function bestLabels(
  { wordStart }: Encoding,
  { values, heads }: LabelProbabilities,
  head: number,
): Uint8Array {
  const length = wordStart.length;
  const from = new Uint8Array(length * 3);
  let scores = [0, -Infinity, -Infinity]; // before the text everything is outside
  for (let token = 0; token < length; token++) {
    const next = [-Infinity, -Infinity, -Infinity];
    for (let label = 0; label < 3; label++) {
      const emission = Math.log(values[(token * heads + head) * 3 + label]! + tiny);
      for (let previous = 0; previous < 3; previous++) {
        const score = scores[previous]! + emission;
        if (score > next[label]! && allowed(previous, label, token === 0 || wordStart[token] === 1)) {
          next[label] = score;
          from[token * 3 + label] = previous;
        }
      }
    }
    scores = next;
  }
  const labels = new Uint8Array(length);
  let label = scores.indexOf(Math.max(...scores));
  for (let token = length - 1; token >= 0; token--) {
    labels[token] = label;
    label = from[token * 3 + label]!;
  }
  return labels;
}

/** Mentions of one head. A mention's score is the probability of its labels and of its ending where it does. */
export function decodeMentions(
  encoding: Encoding,
  probabilities: LabelProbabilities,
  head: number,
  type: string,
): Mention[] {
  const labels = bestLabels(encoding, probabilities, head);
  const mentions: Mention[] = [];
  for (let first = 0; first < labels.length; first++) {
    if (labels[first] !== begin) continue;
    let end = first + 1;
    while (end < labels.length && labels[end] === inside) end++;
    const mention = mentionOf(encoding, first, end);
    if (mention !== undefined)
      mentions.push({ ...mention, type, score: scoreOf(probabilities, head, first, end) });
  }
  return mentions;
}

/** Tokens of white space alone have no span; a mention never begins or ends with one. */
function mentionOf(
  { starts, ends }: Encoding,
  first: number,
  end: number,
): { start: number; end: number } | undefined {
  let [from, to] = [first, end - 1];
  while (from <= to && starts[from] === ends[from]) from++;
  while (to >= from && starts[to] === ends[to]) to--;
  return from > to ? undefined : { start: starts[from]!, end: ends[to]! };
}

function scoreOf({ values, heads }: LabelProbabilities, head: number, first: number, end: number): number {
  const at = (token: number, label: number): number => values[(token * heads + head) * 3 + label]!;
  let score = at(first, begin);
  for (let token = first + 1; token < end; token++) score *= at(token, inside);
  if (end * heads * 3 < values.length) score *= 1 - at(end, inside);
  return score;
}

/** How probable it is that a span's words are inside of mentions of a head, whatever their borders: the geometric mean. */
export function spanSupport(
  { starts, ends, wordStart }: Encoding,
  { values, heads }: LabelProbabilities,
  head: number,
  [start, end]: readonly [number, number],
): number {
  let [sum, count] = [0, 0];
  let token = firstAfter(ends, start);
  for (; token < starts.length && starts[token]! < end; token++) {
    if (starts[token] === ends[token] || wordStart[token] === 0) continue;
    sum += Math.log(1 - values[(token * heads + head) * 3 + outside]! + tiny);
    count++;
  }
  return count === 0 ? 0 : Math.exp(sum / count);
}

/** The first token that ends behind a place; `ends` never fall. */
function firstAfter(ends: Int32Array, place: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}
