/** @file Lists ↔ asynchronous streams, streams that are opened late, and streams that close something at their end. */

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

/**
 * A stream that is opened when its first item is asked for. From then on it is the opened stream itself: `yield*` and
 * loops that only pass on cost a small document as much as reading it.
 */
export function deferred<T>(open: () => Promise<AsyncIterable<T>>): AsyncGenerator<T> {
  let items: AsyncIterator<T> | undefined;
  const first = async (): Promise<IteratorResult<T>> => {
    items = (await open())[Symbol.asyncIterator]();
    return items.next();
  };
  const ended = { done: true, value: undefined } as const;
  return {
    next: () => (items === undefined ? first() : items.next()),
    return: async () => (await items?.return?.()) ?? ended,
    throw: async (error) => {
      await items?.return?.();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await items?.return?.();
    },
  };
}

/** The same items; `close` is called when they end, however they end. */
export async function* closing<T>(items: AsyncIterable<T>, close: () => Promise<unknown>): AsyncGenerator<T> {
  try {
    for await (const item of items) yield item;
  } finally {
    await close();
  }
}
