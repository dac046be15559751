/** @file Texts with marks: nested, crossing, with gaps, empty, out of range; tags always nest and the text stays. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { html, nothing } from "./markup.ts";
import type { TextMark } from "./marked-text.ts";
import { markedText } from "./marked-text.ts";

function mark(name: string, ...parts: readonly (readonly [number, number])[]): TextMark {
  return {
    parts: parts.map(([start, end]) => ({ start, end })),
    classes: "m",
    every: html` k="${name}"`,
    first: nothing,
  };
}

const marked = (text: string, ...marks: readonly TextMark[]): string => markedText(text, marks).markup;

it("marks a mention and escapes the text", () => {
  expect(marked("a <b> c", mark("x", [2, 5]))).toBe('a <mark class="m" k="x">&lt;b&gt;</mark> c');
});

it("puts the inner of two nested mentions inside of the outer, which grows", () => {
  expect(marked("one two", mark("in", [4, 7]), mark("out", [0, 7]))).toBe(
    '<mark class="m h1" k="out">one <mark class="m" k="in">two</mark></mark>',
  );
});

it("cuts a mention that crosses the end of another", () => {
  expect(marked("abc", mark("x", [0, 2]), mark("y", [1, 3]))).toBe(
    '<mark class="m h1" k="x">a<mark class="m on" k="y">b</mark></mark><mark class="m from" k="y">c</mark>',
  );
});

it("shows the gap of a discontinuous mention on both sides of it", () => {
  expect(marked("left or right arm", mark("x", [0, 4], [14, 17]))).toBe(
    '<mark class="m on gap-after" k="x">left</mark> or right <mark class="m from gap-before" k="x">arm</mark>',
  );
});

it("shows two mentions of the same span, and one without any character", () => {
  expect(marked("ab", mark("x", [0, 1]), mark("y", [0, 1]), mark("z", [1, 1]))).toBe(
    '<mark class="m h1" k="x"><mark class="m" k="y">a</mark></mark><mark class="m empty" k="z"></mark>b',
  );
});

it("writes the first piece's attributes once", () => {
  const cut = { ...mark("y", [1, 3]), first: html` first` };
  expect(marked("abc", mark("x", [0, 2]), cut).match(/ first/g)).toHaveLength(1);
});

it("cuts off what lies outside of the text", () => {
  expect(marked("ab", mark("x", [1, 9]), mark("y", [-3, 1]))).toBe(
    '<mark class="m" k="y">a</mark><mark class="m" k="x">b</mark>',
  );
});

it("keeps the text and nests its tags, whatever the marks", () => {
  const part = fc.tuple(fc.integer({ min: -2, max: 12 }), fc.integer({ min: -2, max: 12 }));
  const marks = fc.array(fc.array(part, { minLength: 1, maxLength: 3 }), { maxLength: 6 });
  const text = fc.string({ unit: fc.constantFrom("a", "<", "&", " ", '"'), maxLength: 10 });
  fc.assert(
    fc.property(text, marks, (text, lists) => {
      const result = marked(text, ...lists.map((parts, at) => mark(String(at), ...parts)));
      const open: string[] = [];
      for (const [tag] of result.matchAll(/<\/?mark[^>]*>/g)) {
        if (tag.startsWith("</")) expect(open.pop()).toBeDefined();
        else open.push(tag);
      }
      expect(open).toEqual([]);
      const rest = result
        .replaceAll(/<[^>]*>/g, "")
        .replaceAll("&lt;", "<")
        .replaceAll("&quot;", '"');
      expect(rest.replaceAll("&amp;", "&")).toBe(text);
    }),
  );
});
