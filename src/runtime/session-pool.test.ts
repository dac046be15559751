/** @file A pool of sessions that the test answers for: who is given what, when further ones open, how it ends. */
import { describe, expect, it } from "vitest";
import { failureOf } from "../../test/tiny-models.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { lanesFor, openPool, openSuited } from "./session-pool.ts";
import { floats, type GraphSession, type Runtime, type Tensor } from "./types.ts";
import { workerRuntime } from "./worker-runtime.ts";

const builder = new GraphBuilder();
const graph = builder.finish([builder.neg(builder.input("x", ["n"]))]);
const feeds = (value: number) => ({ x: floats(Float32Array.of(value), [1]) });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Asked {
  readonly session: number;
  readonly value: number;
  readonly answer: () => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
}

/** Sessions whose runs wait until the test answers them; those from `refused` on do not open. */
function byHand(refused = Infinity) {
  const asked: Asked[] = [];
  const closed: number[] = [];
  let opened = 0;
  const runtime: Runtime = {
    name: "by hand",
    parallel: true,
    async open(): Promise<GraphSession> {
      const session = opened++;
      if (session >= refused) throw new Error("no memory");
      return {
        run: ({ x }) =>
          new Promise((resolve, reject) => {
            const value = (x as Tensor).data[0] as number;
            const done = (settle: () => void): Promise<void> => (settle(), turn());
            asked.push({
              session,
              value,
              answer: () => done(() => resolve([floats(Float32Array.of(-value), [1])])),
              fail: (error) => done(() => reject(error)),
            });
          }),
        async [Symbol.asyncDispose]() {
          closed.push(session);
        },
      };
    },
  };
  return { runtime, asked, closed, opened: () => opened, given: () => asked.map((one) => one.session) };
}

describe("a pool of sessions", () => {
  it("opens further ones only for work that would wait, and gives each its share", async () => {
    const { runtime, asked, given, opened } = byHand();
    const pool = await openPool(runtime, graph, { lanes: 2 });
    const first = pool.run(feeds(1));
    await turn();
    expect(opened()).toBe(1);
    const others = [2, 3, 4, 5].map((value) => pool.run(feeds(value)));
    await turn();
    expect(opened()).toBe(2);
    expect(given().toSorted((a, b) => a - b)).toEqual([0, 0, 1, 1]); // the fifth waits here
    await asked.find(({ session }) => session === 1)!.answer();
    expect(given().slice(4)).toEqual([1]);
    for (const one of asked.toReversed()) await one.answer();
    const outputs = await Promise.all([first, ...others]);
    expect(outputs.map(([output]) => output!.data[0])).toEqual([-1, -2, -3, -4, -5]);
  });

  it("rejects the run that failed and goes on with the others", async () => {
    const { runtime, asked } = byHand();
    const pool = await openPool(runtime, graph, { lanes: 1 });
    const runs = [1, 2, 3].map((value) => pool.run(feeds(value)));
    const failure = failureOf(runs[0]!);
    await asked[0]!.fail(new Error("broken"));
    expect(await failure).toMatchObject({ message: "broken" });
    await asked[1]!.answer();
    await asked[2]!.answer();
    expect((await runs[2]!)[0]!.data[0]).toBe(-3);
  });

  it("makes do with those that open, but for the first", async () => {
    const { runtime, asked, given, opened } = byHand(1);
    const pool = await openPool(runtime, graph, { lanes: 4 });
    const runs = [1, 2, 3, 4].map((value) => pool.run(feeds(value)));
    await turn();
    for (let index = 0; index < 4; index++) await asked[index]!.answer();
    expect((await Promise.all(runs)).length).toBe(4);
    expect(new Set(given())).toEqual(new Set([0]));
    const before = opened();
    const later = [pool.run(feeds(5)), pool.run(feeds(6))];
    await turn();
    expect(opened()).toBe(before);
    await asked[4]!.answer();
    await asked[5]!.answer();
    await Promise.all(later);
    expect(await failureOf(openPool(byHand(0).runtime, graph, { lanes: 2 }))).toBeInstanceOf(Error);
  });

  it("closes all sessions at its end, answers what runs, and rejects what waits and what comes later", async () => {
    const { runtime, asked, closed } = byHand();
    const pool = await openPool(runtime, graph, { lanes: 2 });
    const runs = [1, 2, 3, 4, 5].map((value) => failureOf(pool.run(feeds(value))));
    await turn();
    const ended = pool[Symbol.asyncDispose]();
    for (const one of asked.slice(0, 4)) await one.answer();
    await ended;
    expect(closed.toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(asked.length).toBe(4);
    const failures = await Promise.all(runs);
    expect(failures.map((error) => error === undefined)).toEqual([true, true, true, true, false]);
    expect(await failureOf(pool.run(feeds(6)))).toBeInstanceOf(Error);
  });

  it("gives what one session gives, in threads of the engine", async () => {
    const { session, lanes } = await openSuited(workerRuntime, graph, { threads: 2 });
    await using pool = session;
    expect(lanes).toBe(2);
    const outputs = await Promise.all(Array.from({ length: 9 }, (_, value) => pool.run(feeds(value + 1))));
    expect(outputs.map(([output]) => output!.data[0])).toEqual([-1, -2, -3, -4, -5, -6, -7, -8, -9]);
  });
});

describe("the threads", () => {
  it.each([
    ["a small model's sessions have one each", 31e6, 2, { lanes: 2, threads: 1 }],
    ["are shared out where copies of the weights would fill the memory", 150e6, 8, { lanes: 3, threads: 2 }],
    ["a large model has all of them for its one session", 4e9, 8, { lanes: 1, threads: 8 }],
    ["may be one", 31e6, 1, { lanes: 1, threads: 1 }],
  ])("%s", (_, bytes, threads, expected) => {
    expect(lanesFor(bytes, threads)).toEqual(expected);
  });
});
