/** @file Every graph that training runs on WebGPU opens with the engine forbidden to leave an operator of it to the CPU. */
import { describe, expect, it } from "vitest";
import { backwardBlockGraph, forwardBlockGraph } from "../../src/adapters/block-graphs.ts";
import type { BlockPlan } from "../../src/adapters/block-inputs.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/types.ts";
import type { LlamaConfig } from "../../src/models/llama.ts";
import { onnxDevice } from "../../src/runtime/onnxruntime.ts";
import { clipGraph, squaresGraph, sumGraph, updateGraph } from "../../src/training/device-adamw-graph.ts";
import { deviceEmbeddingGraphs } from "../../src/training/device-embedding.ts";
import { deviceLanguageHeadGraphs } from "../../src/training/device-language-head.ts";
import { labelHeadGraph } from "../../src/training/label-head.ts";
import { wholeGraph } from "../../src/training/whole-graph.ts";
import { fixtureLora, readAdapterFixture } from "../adapter-fixtures.ts";
import { failureOf } from "../tiny-models.ts";
import { isMissing, note } from "./software-device.ts";

const device = onnxDevice("webgpu");

async function openStrictly(graph: Graph): Promise<void> {
  await using _ = await device.openResident(graph, graph.outputs, { threads: 1, strict: true });
}

const lora = { ...fixtureLora, dropout: 0.1 };
const storages = ["float32", "int8", "nf4"] as const;
const plans: readonly (readonly [string, BlockPlan])[] = [
  ["all weights", { storage: "float32" }],
  ...storages.map((storage) => [`an adapter over ${storage}`, { storage, lora }] as const),
];

/** The graphs of blocks and of whole models, packed and not. */
function modelGraphs(config: LlamaConfig, plan: BlockPlan): Graph[] {
  const full = plan.lora === undefined;
  return [false, true].flatMap((packed) => [
    wholeGraph(config, { objective: "tokens", plan, packed }).graph,
    wholeGraph(config, { objective: { labels: ["A", "B"] }, plan, packed, residualDropout: full }).graph,
    forwardBlockGraph(config, plan, { packed, dropping: !full }),
    backwardBlockGraph(config, plan, { packed, dropping: !full }).graph,
  ]);
}

describe.skipIf(isMissing)(`nothing is left to the CPU${note}`, () => {
  // The one has biases, the other norms of queries and keys; the others' operators are among theirs.
  describe.each(["qwen2", "qwen3"] as const)("of a %s", (family) => {
    it.each(plans)("that trains %s", async (_, plan) => {
      const { config } = await readAdapterFixture(family);
      for (const graph of modelGraphs(config, plan)) await openStrictly(graph);
    });
  });

  it("of embeddings and heads", async () => {
    const { config, weights } = await readAdapterFixture("llama");
    const finalNorm = weights.get("model.norm.weight")!;
    const output = { rows: 1, width: 1, bytes: 4, slice: () => finalNorm, pick: () => finalNorm };
    const graphs = [
      ...Object.values(deviceEmbeddingGraphs(config)),
      ...Object.values(deviceLanguageHeadGraphs(config, {})),
      ...Object.values(deviceLanguageHeadGraphs(config, { frozen: { output, finalNorm }, chunk: 17 })),
      labelHeadGraph(config, ["A"], [{ name: "model.norm.weight", shape: [config.hidden] }]),
    ];
    for (const graph of graphs) await openStrictly(graph);
  });

  it("of the optimizer", async () => {
    const members = [
      { shape: [7, 6], decays: true },
      { shape: [6], decays: false },
    ];
    const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
    for (const averaged of [false, true]) await openStrictly(updateGraph(members, settings, averaged));
    for (const graph of [squaresGraph(members), sumGraph(members), clipGraph(0), clipGraph(1)])
      await openStrictly(graph);
  });

  it("without its being told", async () => {
    const builder = new GraphBuilder();
    const x = builder.input("x", ["n"], "int64"); // WebGPU computes in 32 bits
    const error = await failureOf(openStrictly(builder.finish([builder.cast(x, "float32")])));
    expect((error as Error).message).toMatch(/assigned to the default CPU EP/);
  });
});
