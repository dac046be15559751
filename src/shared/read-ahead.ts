/** @file A stream → the same stream, some items of which are taken before they are asked for. */

/**
 * Up to `ahead` items are waiting or on their way while the consumer is busy with another one; the source, a generator,
 * is asked for no more. An error arrives in its item's place. `signal` ends the waiting for a source that gives nothing.
 */
export async function* readAhead<T>(
  source: AsyncGenerator<T>,
  ahead: number,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  const taken: Promise<IteratorResult<T>>[] = [];
  let onTheirWay = 0;
  const take = (): void => {
    const next = source.next();
    const arrived = (): number => onTheirWay--;
    onTheirWay++;
    next.then(arrived, arrived); // nothing is unhandled if nobody comes to ask for it
    taken.push(next);
  };
  const aborted = abortionOf(signal);
  try {
    for (;;) {
      while (taken.length <= ahead) take();
      const item = await Promise.race([taken.shift()!, aborted.promise]);
      if (item.done === true) return;
      yield item.value;
    }
  } finally {
    aborted.forget();
    const closed = source.return(undefined);
    closed.catch(() => {});
    // A source that is waiting for something closes when that has come, which may be never.
    if (onTheirWay === 0) await closed;
  }
}

/** A promise that is rejected with the signal's reason. */
function abortionOf(signal: AbortSignal | undefined) {
  const { promise, reject } = withReject();
  const abort = (): void => reject(signal!.reason);
  promise.catch(() => {}); // it may be rejected between two items
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });
  return { promise, forget: () => signal?.removeEventListener("abort", abort) };
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withReject(): { readonly promise: Promise<never>; readonly reject: (error: unknown) => void } {
  let reject!: (error: unknown) => void;
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse;
  });
  return { promise, reject };
}
