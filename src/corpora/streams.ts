/** @file Lists ↔ asynchronous streams, for tests and for callers whose documents are already in memory. */

/** A stream of the given items. */
export async function* streamOf<T>(...items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** All items of a stream. `Array.fromAsync`, which Node 20 does not have. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
