/**
 * @file A text and the tags of a style → a grammar (GBNF, as llama.cpp and vLLM read it) of all answers that copy the text
 * and mark words of it: every tag closed, none inside of another.
 */
import type { AnswerSigns } from "../../instructions/index.ts";
import { tagPlaces } from "../markup/places.ts";

/**
 * One rule says what may come from before a word on while no tag is open (`o0`, `o1` …), and one for each type what may
 * come behind a word inside of a mention of that type (`a0`, `b0` …): linear in the text.
 */
export function answerGrammar(text: string, { tags, end }: AnswerSigns): string {
  const { starts, ends } = tagPlaces(text);
  const gap = (word: number): string => text.slice(word === 0 ? 0 : ends[word - 1], starts[word]);
  const said = (word: number): string => text.slice(starts[word], ends[word]);
  const types = Array.from(tags.values(), (signs, at) => ({ ...signs, name: nameOf(at) }));
  const rules = ["root ::= o0"];
  for (const word of starts.keys()) {
    const marked = types.map(({ open, name }) => `${literal(gap(word) + open + said(word))} ${name}${word}`);
    rules.push(`o${word} ::= ${[`${literal(gap(word) + said(word))} o${word + 1}`, ...marked].join(" | ")}`);
    for (const { close, name } of types) {
      const closed = `${literal(close)} o${word + 1}`;
      const goesOn = `${literal(gap(word + 1) + (said(word + 1) ?? ""))} ${name}${word + 1}`;
      rules.push(`${name}${word} ::= ${word + 1 < starts.length ? `${closed} | ${goesOn}` : closed}`);
    }
  }
  rules.push(`o${starts.length} ::= ${literal(text.slice(ends.at(-1) ?? 0) + end)}`);
  return `${rules.join("\n")}\n`;
}

/** a, b … n, p …: o is taken. */
function nameOf(type: number): string {
  const letters = "abcdefghijklmnpqrstuvwxyz";
  return type < letters.length ? letters[type]! : `t${"x".repeat(type)}-`;
}

/** Control characters, which a grammar's text cannot hold, as code points; so are halves of surrogate pairs. */
function literal(text: string): string {
  const escaped = text.replaceAll(/["\\]|\p{Cc}|\p{Cs}/gu, (sign) => {
    if (sign === '"' || sign === "\\") return `\\${sign}`;
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}
