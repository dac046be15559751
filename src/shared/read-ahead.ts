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
  const waiter = waiterFor(signal);
  try {
    for (;;) {
      while (taken.length <= ahead) take();
      const item = await waiter.wait(taken.shift()!);
      if (item.done === true) return;
      yield item.value;
    }
  } finally {
    waiter.forget();
    const closed = source.return(undefined);
    closed.catch(() => {});
    // A source that is waiting for something closes when that has come, which may be never.
    if (onTheirWay === 0) await closed;
  }
}

/**
 * Waits for promises, one at a time, or the signal. A race against one promise of the signal's would hold what every
 * promise gave for as long as the signal lives.
 */
function waiterFor(signal: AbortSignal | undefined) {
  let refuse = (_: unknown): void => {};
  const abort = (): void => refuse(signal!.reason);
  signal?.addEventListener("abort", abort, { once: true });
  return {
    wait: <T>(promise: Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        refuse = reject;
        if (signal?.aborted === true) abort();
        promise.then(resolve, reject);
      }),
    forget: (): void => signal?.removeEventListener("abort", abort),
  };
}
