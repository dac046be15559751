import * as fc from "fast-check";
import { expect, test } from "vitest";
import { windows } from "./windows.ts";

const sizes = fc
  .record({
    length: fc.nat(500),
    size: fc.integer({ min: 1, max: 80 }),
    part: fc.double({ min: 0, max: 0.999, noNaN: true }),
  })
  .map(({ length, size, part }) => ({ length, size, overlap: Math.floor(size * part) }));

test("a short text is one window, an empty one none", () => {
  expect(windows(5, { size: 5, overlap: 2 })).toEqual([{ start: 0, end: 5, keepStart: 0, keepEnd: 5 }]);
  expect(windows(0, { size: 5, overlap: 2 })).toEqual([]);
});

test("neighbours part in the middle of their overlap", () => {
  expect(windows(10, { size: 6, overlap: 2 })).toEqual([
    { start: 0, end: 6, keepStart: 0, keepEnd: 5 },
    { start: 4, end: 10, keepStart: 5, keepEnd: 10 },
  ]);
});

test("the kept ranges tile the text, none is empty, and each has its context", () => {
  fc.assert(
    fc.property(sizes, ({ length, size, overlap }) => {
      let position = 0;
      for (const { start, end, keepStart, keepEnd } of windows(length, { size, overlap })) {
        expect(keepStart).toBe(position);
        expect(keepEnd).toBeGreaterThan(keepStart);
        expect(end - start).toBeLessThanOrEqual(size);
        const context = Math.floor(overlap / 2);
        expect(start).toBeLessThanOrEqual(Math.max(0, keepStart - context));
        expect(end).toBeGreaterThanOrEqual(Math.min(length, keepEnd + context));
        position = keepEnd;
      }
      expect(position).toBe(length);
    }),
    { numRuns: 200 },
  );
});

test("windows are no longer than their overlap asks for", () => {
  expect(windows(281, { size: 256, overlap: 64 }).map(({ start, end }) => [start, end])).toEqual([
    [0, 173],
    [108, 281],
  ]);
});

test("sizes that make no sense are refused", () => {
  expect(() => windows(5, { size: 4, overlap: 4 })).toThrow(/0 <= overlap < size/);
  expect(() => windows(1.5, { size: 4, overlap: 1 })).toThrow(/1\.5/);
});
