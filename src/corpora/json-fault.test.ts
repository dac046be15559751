/** @file The place of a JSON fault: `JSON.parse` is the judge of whether there is one. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJsonFault } from "./json-fault.ts";

describe("findJsonFault", () => {
  it.each([
    ['{"a":1,}', 7, "a key"],
    ['{"a" 1}', 5, '":"'],
    ["[1 2]", 3, '"," or "]"'],
    ['{"a":[01]}', 7, '"," or "]"'],
    ['"a\nb"', 0, "a value"],
    ["[1]]", 3, "the end"],
    ["", 0, "a value"],
    ["[".repeat(100_000), 100_000, "a value"],
  ])("finds it in %j", (text, offset, expected) => {
    expect(findJsonFault(text)).toMatchObject({
      offset,
      expected: expect.stringContaining(expected) as unknown,
    });
  });

  it("agrees with JSON.parse on whole and on broken JSON", () => {
    const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", '"', "x", " "));
    const property = fc.property(broken, ([json, at, put]) => {
      const place = at % (json.length + 1);
      const text = json.slice(0, place) + put + json.slice(place + 1);
      return (findJsonFault(text) === undefined) === parses(text) && findJsonFault(json) === undefined;
    });
    fc.assert(property, { numRuns: 3000, seed: 7 });
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
