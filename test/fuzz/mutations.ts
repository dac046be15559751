/** @file Bytes of a valid file and a list of mutations → bytes that a careless tool or an attacker might have made. */
import * as fc from "fast-check";

/** `at` and `length` are shares of the file in 1/65536, so that a mutation fits a file of any size. */
export type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "delete" | "truncate" | "swap"; readonly at: number; readonly length: number }
  | { readonly kind: "duplicate"; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: "insert" | "overwrite" | "number"; readonly at: number; readonly word: string }
  | { readonly kind: "repeat"; readonly at: number; readonly word: string; readonly times: number }
  | { readonly kind: "nest"; readonly at: number; readonly nest: Nest; readonly times: number };

/** What stands once before, many times around, once inside, and once behind. */
type Nest = readonly [before: string, open: string, inside: string, close: string, behind: string];

/** Words with "¦" between them, in Latin-1: one character a byte, so that they may be invalid UTF-8. */
function wordsOf(...lines: readonly string[]): readonly string[] {
  return lines.join("¦").split("¦");
}

const words = wordsOf(
  '\t¦|¦ ¦\n¦\n\n¦\r\n¦\r¦\0¦\x0b¦\x1f¦"¦\\¦\\u0000¦\\ud83d¦/',
  "\xff¦\xc3¦\xc0\x80¦\xe2\x82¦\xed\xa0\xbd¦\xf0\x9f\xa7\xac¦\xf4\x90\x80\x80¦\x80",
  "\xef\xbb\xbf¦\xe2\x80\xa8¦\xc2\xa0¦\xcc\x81¦\xef\xbf\xbf¦\xc2\x85",
  '{¦}¦[¦]¦[]¦{}¦,¦:¦null¦true¦""¦"__proto__":¦"constructor":1,',
  "<¦>¦&¦&amp;¦&#0;¦&#xD83D;¦&#x1F9EC;¦&x;¦<!--¦-->¦]]>¦<![CDATA[¦</¦<?xml?>",
  '<!DOCTYPE a [<!ENTITY x "y">]>¦<text>¦</text>¦<mark>¦</span>¦&lt;mark>',
  "B-¦I-X¦E¦S-Gene¦O¦-DOCSTART-¦T1\tX 0 1\t¦N1\tReference T1 A:B¦;¦1|a|¦1|t|x\n1|a|",
);
const numbers = wordsOf(
  "-1¦0¦1¦1.5¦1e3¦1e308¦1e999¦-0¦00¦+1¦0x10¦NaN¦¦ ¦1_0",
  `2147483648¦4294967296¦9007199254740993¦99999999999999999999¦1${"0".repeat(400)}`,
);
/** What nests, and what makes a long line. */
const openers = wordsOf(
  '[¦{"a":¦{"text":"x","a":[¦["x",¦{"passages":[{"a":¦"¦(¦\\¦a¦\t¦ ¦0 1;¦\n',
  '<a>¦<passage>¦<i>¦<a b="c">¦<!--¦<mark>¦<span class="X">¦&lt;¦&amp;lt;mark>',
);

/** What nests deep and is sound, in an object, in an array, in XML and in marked lines. */
const nests: readonly Nest[] = [
  ['"a":', "[", "1", "]", ","],
  ['"a":', '{"a":', "1", "}", ","],
  ["", "[", '"x"', "]", ","],
  ["", "<i>", "x", "</i>", ""],
  ["", "<mark>", "x", "</mark>", ""],
];

const place = fc.nat(0xffff);
/** Mostly a few bytes or a few lines; at times much of the file. */
const share = fc.oneof({ weight: 3, arbitrary: fc.nat(0xfff) }, { weight: 1, arbitrary: place });
const oneOf = <Kind extends string>(...kinds: readonly Kind[]): fc.Arbitrary<Kind> =>
  fc.constantFrom(...kinds);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: oneOf("flip"), at: place, bit: fc.nat(7) }),
  fc.record({ kind: oneOf("delete", "truncate", "swap"), at: place, length: share }),
  fc.record({ kind: oneOf("duplicate"), at: place, length: share, times: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: oneOf("insert", "overwrite"), at: place, word: fc.constantFrom(...words) }),
  fc.record({ kind: oneOf("number"), at: place, word: fc.constantFrom(...numbers) }),
);
const times = fc.constantFrom(3, 90, 300, 5000, 20_000);
const repetition: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: oneOf("repeat"), at: place, word: fc.constantFrom(...openers), times }),
  fc.record({ kind: oneOf("nest"), at: place, nest: fc.constantFrom(...nests), times }),
);

/** Few of them repeat something, because that makes a large file. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.oneof(
  { weight: 40, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 5 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(repetition, fc.array(mutation, { maxLength: 2 })).map((all) => all.flat()),
  },
);

/** Copies of copies would grow without end. */
const maxBytes = 1 << 20;

export function mutated(bytes: Buffer, list: readonly Mutation[]): Buffer {
  let result = bytes;
  for (const one of list) {
    const { start, end, by } = edit(result, one);
    result = Buffer.concat([result.subarray(0, start), ...by, result.subarray(end)]).subarray(0, maxBytes);
  }
  return result;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  /** What takes the place of the bytes from `start` to `end`. */
  readonly by: readonly Uint8Array[];
}

function edit(bytes: Buffer, mutation: Mutation): Edit {
  const start = Math.floor((mutation.at * (bytes.length + 1)) / 0x1_0000);
  if ("word" in mutation) return wordEdit(bytes, start, mutation);
  if (mutation.kind === "nest") {
    const [before, open, inside, close, behind] = mutation.nest;
    const text = `${before}${open.repeat(mutation.times)}${inside}${close.repeat(mutation.times)}${behind}`;
    return { start, end: start, by: [Buffer.from(text)] };
  }
  if (mutation.kind === "flip") {
    const byte = (bytes[start] ?? 0) ^ (1 << mutation.bit);
    return { start, end: start + 1, by: [Uint8Array.of(byte)] };
  }
  const end = start + 1 + Math.floor((mutation.length * bytes.length) / 0x1_0000);
  const cut = bytes.subarray(start, end);
  if (mutation.kind === "delete") return { start, end, by: [] };
  if (mutation.kind === "truncate") return { start, end: bytes.length, by: [] };
  if (mutation.kind === "duplicate") {
    return { start, end: start, by: Array<Uint8Array>(mutation.times).fill(cut) };
  }
  const half = start + Math.ceil(cut.length / 2);
  return { start, end, by: [bytes.subarray(half, end), bytes.subarray(start, half)] };
}

function wordEdit(bytes: Buffer, start: number, mutation: Mutation & { readonly word: string }): Edit {
  const word = Buffer.from(mutation.word, "latin1");
  if (mutation.kind === "insert") return { start, end: start, by: [word] };
  if (mutation.kind === "overwrite") return { start, end: start + word.length, by: [word] };
  if (mutation.kind === "repeat") {
    return { start, end: start, by: Array<Uint8Array>(mutation.times).fill(word) };
  }
  return { ...numberAfter(bytes, start), by: [word] };
}

/** The place of the first number after `at`. */
function numberAfter(bytes: Buffer, at: number): { readonly start: number; readonly end: number } {
  const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
  let start = at;
  while (start < bytes.length && !isDigit(bytes[start])) start++;
  let end = start;
  while (isDigit(bytes[end])) end++;
  return { start, end };
}
