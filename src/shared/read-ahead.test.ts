/** @file Streams that are read ahead: what is taken when, errors in their places, ends that close the source. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { readAhead } from "./read-ahead.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** Numbers from 0; counts what was taken, knows whether it was closed. */
function numbers(end = Infinity, failAt = Infinity) {
  const state = { taken: 0, closed: false };
  async function* source(): AsyncGenerator<number> {
    try {
      for (let value = 0; value < end; value++) {
        if (value === failAt) throw new Error(`no ${value}`);
        state.taken++;
        yield value;
      }
    } finally {
      state.closed = true;
    }
  }
  return { state, source: source() };
}

describe("reading ahead", () => {
  it("gives all items in their order and takes no more than it may", async () => {
    const { state, source } = numbers(7);
    const seen: number[] = [];
    for await (const value of readAhead(source, 2)) {
      seen.push(value);
      await turn();
      expect(state.taken).toBe(Math.min(7, value + 3));
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(state.closed).toBe(true);
  });

  it("gives the items before an error, then the error", async () => {
    const { state, source } = numbers(9, 2);
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const value of readAhead(source, 4)) seen.push(value);
    };
    await expect(loop()).rejects.toThrow("no 2");
    expect(seen).toEqual([0, 1]);
    expect(state.closed).toBe(true);
  });

  it("closes the source when its reader leaves", async () => {
    const { state, source } = numbers();
    for await (const value of readAhead(source, 1)) {
      await turn();
      if (value === 3) break;
    }
    expect(state).toEqual({ taken: 5, closed: true });
  });

  it("holds nothing that was given, however long the signal lives", async () => {
    const seen: WeakRef<object>[] = [];
    async function* objects(): AsyncGenerator<object> {
      for (let index = 0; index < 100; index++) yield { index, data: new Uint8Array(1e5) };
    }
    const held = async (): Promise<number> => {
      for await (const item of readAhead(objects(), 2, new AbortController().signal)) {
        seen.push(new WeakRef(item));
        if (seen.length < 90) continue;
        await turn();
        collectGarbage();
        await turn();
        return seen.filter((one) => one.deref() !== undefined).length;
      }
      return Infinity;
    };
    expect(await held()).toBeLessThan(10);
  });

  it("does not wait for a source that gives nothing: neither at the reader's leaving nor at an abort", async () => {
    async function* stuck(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => {});
    }
    for await (const _ of readAhead(stuck(), 1)) break;
    const abortion = new AbortController();
    const loop = async (): Promise<void> => {
      for await (const _ of readAhead(stuck(), 1, abortion.signal))
        setImmediate(() => abortion.abort("enough"));
    };
    await expect(loop()).rejects.toBe("enough");
    await expect(readAhead(numbers().source, 1, abortion.signal).next()).rejects.toBe("enough");
  });
});
