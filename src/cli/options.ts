/** @file Values of command-line options as written → checked values; a bad one is a usage error. */
import { InvalidArgumentError } from "@commander-js/extra-typings";

/** `A,B` and repeated options alike → one list without repeats. */
export function collectList(value: string, before: readonly string[] = []): readonly string[] {
  const names = value.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError("Expected names with commas between, e.g. A,B.");
  return [...new Set([...before, ...names])];
}

/** `Source=Target` (`Source=` drops), several with commas between or by repeating the option → pairs by source. */
export function collectMap(
  value: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const pairs = value.split(",").map((pair) => {
    const [source = "", target = "", ...rest] = pair.split("=").map((name) => name.trim());
    if (source === "" || !pair.includes("=") || rest.length > 0) {
      throw new InvalidArgumentError("Expected Source=Target, e.g. SpecificDisease=Disease.");
    }
    return [source, target] as const;
  });
  return { ...before, ...Object.fromEntries(pairs) };
}

/** A number from 0 to 1. */
export function parseProbability(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !(number >= 0 && number <= 1)) {
    throw new InvalidArgumentError("Expected a number from 0 to 1.");
  }
  return number;
}

/** A whole number from 0 on. */
export function parseCount(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value.trim()) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError("Expected a whole number, 0 or more.");
}

/** A number from 0 on. */
export function parsePositive(value: string): number {
  const number = Number(value);
  if (value.trim() !== "" && number >= 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError("Expected a number, 0 or more.");
}
