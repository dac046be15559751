/** @file Graphs run in a thread of their own: the same outputs as in this one, failures that arrive, threads that end. */
import { describe, expect, it } from "vitest";
import { failureOf, tinyConfig, tinyModel } from "../../test/tiny-models.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { attentionMaskData } from "../models/attention-mask.ts";
import { taggingGraph, tokenClassifierParameters } from "../models/token-classifier.ts";
import { onnxRuntime } from "./onnxruntime.ts";
import { floats, type GraphSession, ints64, type Runtime, type Tensors } from "./types.ts";
import { workerRuntime, workerRuntimeOn } from "./worker-runtime.ts";

const types = ["Disease", "Chemical"];
const model = await tinyModel(types);
const held: Tensors = Object.fromEntries(
  tokenClassifierParameters(tinyConfig, types).map(({ name, shape }) => [
    name,
    floats(model.parameters.get(name)!, shape),
  ]),
);

const open = (runtime: Runtime): Promise<GraphSession> =>
  runtime.open(taggingGraph(tinyConfig, types), { threads: 1, held });

function feedsOf(...rows: readonly (readonly number[])[]): Tensors {
  const lengths = rows.map(({ length }) => length);
  const time = Math.max(...lengths);
  const ids = rows.flatMap((row) => [...row, ...Array.from({ length: time - row.length }, () => 0)]);
  const { data, shape } = attentionMaskData(lengths, time, tinyConfig);
  return { ids: ints64(ids, [rows.length, time]), mask: floats(data, shape) };
}

const activeThreads = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;

describe("the runtime in a worker", () => {
  it("gives the outputs of the runtime in this thread, several runs at a time", async () => {
    await using here = await open(onnxRuntime);
    await using there = await open(workerRuntime);
    const all = [feedsOf([5, 6, 7], [8]), feedsOf([9]), feedsOf([10, 11], [12, 13], [14])];
    const expected = [];
    for (const feeds of all) expected.push(await here.run(feeds));
    const found = await Promise.all(all.map((feeds) => there.run(feeds)));
    expect(found).toEqual(expected);
    expect(found[0]![0]!.shape).toEqual([2, 3, 2, 3]);
  });

  it("moves feeds that are given away, copies others", async () => {
    await using session = await open(workerRuntime);
    const [kept, given] = [feedsOf([5, 6, 7]), feedsOf([5, 6, 7])];
    const expected = await session.run(kept);
    expect(await session.run(given, { givenAway: true })).toEqual(expected);
    const lengths = (feeds: Tensors): number[] => Object.values(feeds).map(({ data }) => data.length);
    expect(lengths(kept)).toEqual([3, 3]);
    expect(lengths(given)).toEqual([0, 0]);
  });

  it("computes side by side on the CPU, one after the other on a device", () => {
    expect(workerRuntimeOn("cpu").parallel).toBe(true);
    expect(workerRuntimeOn("webgpu").parallel).toBeUndefined();
  });

  it("rejects a wrong feed and goes on working", async () => {
    await using session = await open(workerRuntime);
    const good = feedsOf([5, 6]);
    const results = await Promise.all([
      failureOf(session.run({ ids: good["ids"]! })),
      failureOf(session.run({ ...good, ids: floats(new Float32Array(2), [1, 2]) })),
      failureOf(session.run({ ...good, ids: { ...good["ids"]!, data: (() => 1) as never } })), // cannot be sent
      failureOf(session.run(good)),
    ]);
    for (const error of results.slice(0, 3)) expect(error).toBeInstanceOf(Error);
    expect(results[3]).toBeUndefined();
  });

  it("rejects a graph that the engine refuses", async () => {
    const builder = new GraphBuilder();
    const graph = builder.finish([builder.neg(builder.input("x", ["n"]))]);
    const twice = { ...graph, nodes: [...graph.nodes, ...graph.nodes] }; // one name for two results
    expect(await failureOf(workerRuntime.open(twice))).toBeInstanceOf(Error);
  });

  it("answers what was asked before it is disposed of, ends its thread, and rejects what is asked later", async () => {
    const before = activeThreads();
    const session = await open(workerRuntime);
    expect(activeThreads()).toBeGreaterThan(before);
    const pending = [session.run(feedsOf([5, 6, 7])), session.run(feedsOf([8]))];
    await session[Symbol.asyncDispose]();
    expect(activeThreads()).toBe(before);
    expect((await Promise.all(pending)).map(([output]) => output!.shape)).toEqual([
      [1, 3, 2, 3],
      [1, 1, 2, 3],
    ]);
    expect(await failureOf(session.run(feedsOf([5])))).toBeInstanceOf(Error);
  });
});
