/** @file A graph's inputs and what is fed → the sizes of its symbolic dimensions, or an error that names the wrong feed. */
import { NeriumError } from "../errors.ts";
import { formatShape } from "../graph/shapes.ts";
import type { DataType, Value } from "../graph/types.ts";

interface Feed {
  readonly type: DataType;
  readonly shape: readonly number[];
  /** Absent where the numbers are on a device. */
  readonly data?: { readonly length: number };
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Sizes of the symbolic dimensions, and the input that each was first seen in. */
export type Sizes = Map<string, { readonly size: number; readonly input: string }>;

function expectation({ name, type, shape }: Value, sizes: Sizes): string {
  const bound = shape.flatMap((dimension) => {
    const known = typeof dimension === "string" ? sizes.get(dimension) : undefined;
    return known === undefined || known.input === name
      ? []
      : [` with ${dimension} = ${known.size} as in "${known.input}"`];
  });
  return `${type} ${formatShape(shape)}${[...new Set(bound)].join(",")}`;
}

/** Checks one feed against its input and binds the names in the input's shape. */
function bindFeed(input: Value, feed: Feed | undefined, sizes: Sizes): void {
  const fail: (got: string) => never = (got) => {
    throw new NeriumError(
      "RUNTIME",
      `input "${input.name}": expected ${expectation(input, sizes)}, got ${got}`,
    );
  };
  if (feed === undefined) fail("no tensor");
  const got = `${feed.type} ${formatShape(feed.shape)}`;
  if (feed.type !== input.type || feed.shape.length !== input.shape.length) return fail(got);
  if (feed.data !== undefined && feed.data.length !== countOf(feed.shape))
    return fail(`${got} with ${feed.data.length} elements`);
  input.shape.forEach((dimension, axis) => {
    const size = feed.shape[axis]!;
    const expected = typeof dimension === "number" ? dimension : (sizes.get(dimension)?.size ?? size);
    if (size !== expected) fail(got);
    if (typeof dimension === "string" && !sizes.has(dimension))
      sizes.set(dimension, { size, input: input.name });
  });
}

/** Every input needs one feed of its type and shape, equal names need equal sizes, and nothing else may be fed. */
export function bindFeeds(inputs: readonly Value[], feeds: Readonly<Record<string, Feed>>): Sizes {
  const sizes: Sizes = new Map();
  const known = new Set(inputs.map(({ name }) => name));
  const stranger = Object.keys(feeds).find((name) => !known.has(name));
  if (stranger !== undefined) {
    throw new NeriumError("RUNTIME", `input "${stranger}": expected one of ${[...known].join(", ")}`);
  }
  for (const input of inputs) bindFeed(input, feeds[input.name], sizes);
  return sizes;
}
