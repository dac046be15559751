/** @file A tiny Llama's states, losses and every gradient against JAX's, on the reference and on ONNX Runtime. */
import { describe, expect, it } from "vitest";
import { expectClose } from "../../test/close.ts";
import {
  type Attention,
  batchFeeds,
  configOf,
  type LlamaFixture,
  plain,
  readLlamaFixture,
  weightFeeds,
} from "../../test/llama-fixture.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/types.ts";
import { onnxRuntime } from "../runtime/onnxruntime.ts";
import { evaluate, fromPlain, type PlainTensor, toPlain } from "../runtime/reference.ts";
import { wholeGraph, type WholeGraph } from "../training/whole-graph.ts";
import { attentionMask } from "./attention-mask.ts";
import { embeddingName, llama, llamaParameters, parameterInputs } from "./llama.ts";
import { taggingGraph, tokenClassifierParameters } from "./token-classifier.ts";

type Feeds = Readonly<Record<string, PlainTensor>>;
type Run = (graph: Graph, feeds: Feeds) => Promise<readonly PlainTensor[]>;

const runOnnx: Run = async (graph, feeds) => {
  await using session = await onnxRuntime.open(graph, { threads: 2 });
  const tensors = Object.entries(feeds).map(([name, tensor]) => [name, fromPlain(tensor)] as const);
  return (await session.run(Object.fromEntries(tensors))).map(toPlain);
};

// The fixture has 7 digits, the rotary tables are single precision.
const runtimes: readonly { name: string; run: Run; tolerance: number }[] = [
  { name: "the reference", run: async (graph, feeds) => evaluate(graph, feeds), tolerance: 3e-6 },
  { name: "ONNX Runtime", run: runOnnx, tolerance: 1e-5 },
];

const fixtures: Readonly<Record<Attention, LlamaFixture>> = {
  bidirectional: readLlamaFixture("bidirectional"),
  causal: readLlamaFixture("causal"),
};
const every = runtimes.flatMap((runtime) =>
  Object.values(fixtures).map((fixture) => ({ ...runtime, fixture, attention: fixture.attention })),
);

const typesOf = ({ types }: LlamaFixture): string[] =>
  Array.from({ length: types }, (_, type) => `type ${type}`);

function statesGraph(fixture: LlamaFixture): Graph {
  const config = configOf(fixture);
  const builder = new GraphBuilder();
  const parameters = parameterInputs(builder, llamaParameters(config));
  const ids = builder.input("ids", ["batch", "time"], "int64");
  const embedded = builder.gather(parameters.get(embeddingName)!, ids);
  const mask = attentionMask(builder, config);
  return builder.finish([llama(builder, config, parameters, { embedded, mask })]);
}

/** The embedding's whole gradient: what the head gave it, if it did, and the rows that were looked up. */
function embeddingGradient(
  fixture: LlamaFixture,
  head: PlainTensor | undefined,
  rows: PlainTensor,
): Float64Array {
  const width = configOf(fixture).hidden;
  const total = head?.data.slice() ?? new Float64Array(configOf(fixture).vocabularySize * width);
  rows.data.forEach((value, place) => {
    const id = fixture.ids.flat()[Math.floor(place / width)]!;
    total[id * width + (place % width)]! += value;
  });
  return total;
}

function expectGradients(
  fixture: LlamaFixture,
  { differentiated }: WholeGraph,
  [loss, ...gradients]: readonly PlainTensor[],
  expected: { readonly loss: number; readonly gradients: Readonly<Record<string, readonly number[]>> },
  tolerance: number,
): void {
  const found = new Map(differentiated.map(({ name }, index) => [name, gradients[index]!]));
  const rows = gradients[differentiated.length]!;
  expectClose("loss", loss!.data, [expected.loss], tolerance);
  expect([...found.keys(), embeddingName]).toEqual(expect.arrayContaining(Object.keys(expected.gradients)));
  for (const [name, numbers] of Object.entries(expected.gradients)) {
    const actual =
      name === embeddingName ? embeddingGradient(fixture, found.get(name), rows) : found.get(name)!.data;
    expectClose(name, actual, numbers, tolerance);
  }
}

/** Looked-up rows instead of ids: what training graphs are fed. */
function embeddedFeeds(fixture: LlamaFixture): Feeds {
  const { hidden } = configOf(fixture);
  const { values } = fixture.weights[embeddingName]!;
  const rows = fixture.ids.flat().flatMap((id) => values.slice(id * hidden, (id + 1) * hidden));
  const { ids: _, mask } = batchFeeds(fixture);
  return {
    mask: mask!,
    embedded: plain("float32", [fixture.ids.length, fixture.ids[0]!.length, hidden], rows),
  };
}

function maskedFeeds(fixture: LlamaFixture): Feeds {
  const { positions, targets } = fixture.masked;
  const count = positions.length;
  return {
    targets: plain("int32", [count], positions),
    labels: plain("int32", [count, 1], targets),
    weights: plain(
      "float32",
      [count, 1],
      targets.map(() => 1 / count),
    ),
  };
}

function labelFeeds(fixture: LlamaFixture): Feeds {
  const { labels, weights, kept, dropout } = fixture.labelled;
  const { layers, hidden } = configOf(fixture);
  return {
    labels: plain("int32", [labels.length, 1], labels),
    weights: plain("float32", [weights.length, 1], weights),
    dropout: plain(
      "float32",
      [2 * layers, fixture.ids.length, 1, hidden],
      kept.map((one) => one / (1 - dropout)),
    ),
  };
}

describe("a Llama's parameters", () => {
  it.each(Object.values(fixtures))("have Hugging Face's names and shapes ($attention)", (fixture) => {
    const ours = tokenClassifierParameters(configOf(fixture), typesOf(fixture));
    const theirs = Object.entries(fixture.weights).map(([name, { shape }]) => ({ name, shape }));
    expect(ours.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
      theirs.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    );
  });
});

describe.each(every)("a $attention Llama on $name", ({ run, fixture, tolerance }) => {
  const names = Object.keys(fixture.weights);
  const plainNames = names.filter((name) => !name.startsWith("classifier"));

  it("has JAX's last states, padding included", async () => {
    const feeds = { ...weightFeeds(fixture, plainNames), ...batchFeeds(fixture) };
    const [states] = await run(statesGraph(fixture), feeds);
    expectClose("states", states!.data, fixture.states, tolerance);
  });

  it("has JAX's label probabilities", async () => {
    const feeds = { ...weightFeeds(fixture, names), ...batchFeeds(fixture) };
    const [found] = await run(taggingGraph(configOf(fixture), typesOf(fixture)), feeds);
    expect(found!.shape).toEqual([2, 7, 2, 3]);
    expectClose("probabilities", found!.data, fixture.probabilities, tolerance);
  });

  it("has JAX's masked-token loss and gradients, the tied embedding's among them", async () => {
    const training = wholeGraph(configOf(fixture), { objective: "tokens", plan: { storage: "float32" } });
    const feeds = { ...weightFeeds(fixture, plainNames), ...embeddedFeeds(fixture), ...maskedFeeds(fixture) };
    expectGradients(fixture, training, await run(training.graph, feeds), fixture.masked, tolerance);
  });

  it("has JAX's weighted label loss and gradients, with dropped branches", async () => {
    const training = wholeGraph(configOf(fixture), {
      objective: { labels: typesOf(fixture) },
      plan: { storage: "float32" },
      residualDropout: true,
    });
    const inGraph = names.filter((name) => name !== embeddingName);
    const feeds = { ...weightFeeds(fixture, inGraph), ...embeddedFeeds(fixture), ...labelFeeds(fixture) };
    expectGradients(fixture, training, await run(training.graph, feeds), fixture.labelled, tolerance);
  });
});
