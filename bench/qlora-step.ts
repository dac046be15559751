/**
 * @file One QLoRA step of an 8B-shaped model with random weights: seconds by part, peak memory, and the rate of its matrix
 * products as a share of the engine's plain fp32 product in the same run. `npm run bench qlora-step 32` runs all blocks.
 */
import { freezeWeights } from "../src/adapters/frozen-weights.ts";
import { loraParameters } from "../src/adapters/lora.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import { linearShapes, type LlamaConfig } from "../src/models/llama.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { floats, type Runtime } from "../src/runtime/types.ts";
import { randomFrom } from "../src/shared/random.ts";
import { adamWState } from "../src/training/adamw.ts";
import { languageBatch } from "../src/training/language-data.ts";
import { openNetwork } from "../src/training/open-network.ts";
import { initialParameters } from "../src/training/parameters.ts";
import { resolveRecipe } from "../src/training/recipe.ts";
import { takeStep } from "../src/training/step.ts";
import { randomWeights } from "../src/training/trial.ts";
import { machine } from "./measure.ts";

const tokens = 512;
export const lora = {
  rank: 16,
  alpha: 32,
  dropout: 0,
  targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
  rankStabilized: false,
};

export const configOf = (layers: number): LlamaConfig => ({
  vocabularySize: 128_256,
  hidden: 4096,
  layers,
  heads: 32,
  kvHeads: 8,
  headSize: 128,
  intermediate: 14_336,
  ropeTheta: 500_000,
  normEpsilon: 1e-5,
  attention: "causal",
  maximumLength: tokens,
  tiedEmbeddings: false,
  attentionBias: "none",
  queryKeyNorm: false,
});

/** Counts what the engine computes by the session that it computes it in. */
function timed(seconds: Map<string, number>): Runtime {
  return {
    name: "timed",
    async open(graph, options) {
      const inputs = graph.inputs.map(({ name }) => name);
      const direction = inputs.includes("dy") ? "backward" : "forward";
      const kind = inputs.includes("mask") ? `blocks ${direction}` : "head";
      const session = await onnxRuntime.open(graph, options);
      return {
        async run(feeds) {
          const began = performance.now();
          const results = await session.run(feeds);
          seconds.set(kind, (seconds.get(kind) ?? 0) + (performance.now() - began) / 1000);
          return results;
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
}

/** GFLOP/s of a square single-precision product; the best of some, because others may work beside us. */
async function plainRate(size: number): Promise<number> {
  const builder = new GraphBuilder();
  const [a, b] = [builder.input("a", [size, size]), builder.input("b", [size, size])];
  await using session = await onnxRuntime.open(
    builder.finish([builder.reduceSum(builder.matMul(a, b), [0, 1])]),
  );
  const random = randomFrom(1);
  const matrix = floats(Float32Array.from({ length: size * size }, random), [size, size]);
  const times: number[] = [];
  for (let round = 0; round < 8; round++) {
    const began = performance.now();
    await session.run({ a: matrix, b: matrix });
    times.push(performance.now() - began);
  }
  return (2 * size ** 3) / times.sort((x, y) => x - y)[times.length >> 1]! / 1e6;
}

export async function benchQloraStep(words: readonly string[]): Promise<void> {
  const layers = Number(words[0] ?? 2);
  const config = configOf(layers);
  console.log(`${machine()}; ${layers} blocks, ${tokens} tokens`);
  const began = performance.now();
  const frozen = await freezeWeights(randomWeights(config), config, {
    storage: "nf4",
    doubleQuantize: true,
    halfEmbedding: true,
  });
  console.log(
    `weights made and quantised in ${((performance.now() - began) / 1000).toFixed(1)} s, ${(frozen.bytes / 1e9).toFixed(2)} GB`,
  );
  const seconds = new Map<string, number>();
  const options = { config, objective: "tokens", plan: { storage: "nf4", lora }, frozen } as const;
  await using network = await openNetwork(timed(seconds), {
    ...options,
    execution: "blocks",
    packed: false,
    residualDropout: 0,
    threads: 0,
  });
  const shapes = loraParameters(config, lora);
  const parameters = initialParameters(shapes, layers, 1);
  const state = {
    step: 0,
    bestScore: 0,
    bestStep: 0,
    parameters,
    optimizer: adamWState(shapes),
    average: undefined,
  };
  const random = randomFrom(3);
  const ids = Int32Array.from({ length: tokens }, () => Math.floor(random() * config.vocabularySize));
  const batch = languageBatch([[{ ids, trained: new Uint8Array(tokens).fill(1) }]], {
    config,
    packing: false,
  });
  const { recipe } = resolveRecipe("{ out: x, data: [{ path: x }], types: [T] }");
  for (let round = 0; round < 2; round++) {
    seconds.clear();
    const start = performance.now();
    const { loss } = await takeStep(network, recipe, state, [batch], 100);
    const total = (performance.now() - start) / 1000;
    const parts = [...seconds].map(([kind, time]) => `${kind} ${time.toFixed(1)} s`).join(", ");
    console.log(
      `step ${round + 1}: ${total.toFixed(1)} s (${parts}), loss ${loss.toFixed(3)}, ${(tokens / total).toFixed(1)} tokens/s`,
    );
    if (round === 1) await report(config, seconds, total);
  }
}

async function report(
  config: LlamaConfig,
  seconds: ReadonlyMap<string, number>,
  total: number,
): Promise<void> {
  const inBlock = linearShapes(config).reduce((sum, { shape: [out, inner] }) => sum + out! * inner!, 0);
  const head = config.vocabularySize * config.hidden;
  // Blocks: forward, again in the backward pass, and the gradient of the input; head: scores twice, and the gradient.
  const operations = 2 * tokens * (3 * config.layers * inBlock + 3 * head);
  const blocks = 2 * tokens * 3 * config.layers * inBlock;
  const plain = await plainRate(4096);
  const inBlocks = (seconds.get("blocks forward") ?? 0) + (seconds.get("blocks backward") ?? 0);
  const [whole, ofBlocks] = [operations / total / 1e9, blocks / inBlocks / 1e9];
  console.log(`plain product 4096³: ${plain.toFixed(0)} GFLOP/s`);
  console.log(
    `step: ${whole.toFixed(0)} GFLOP/s, ${((100 * whole) / plain).toFixed(0)} %; its blocks alone: ${ofBlocks.toFixed(0)} GFLOP/s, ${((100 * ofBlocks) / plain).toFixed(0)} %`,
  );
  console.log(`peak memory: ${(process.resourceUsage().maxRSS / 1e6).toFixed(2)} GB resident`);
}
