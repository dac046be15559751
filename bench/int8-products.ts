/**
 * @file Adapters over frozen matrices as they may be kept and multiplied → processor time of a step's two passes, and how far
 * its gradients are from those over single precision. `npm run bench int8-products 2048` takes a hidden size of 2048, else 1024.
 */
import { freezeWeights } from "../src/adapters/frozen-weights.ts";
import { loraParameters } from "../src/adapters/lora.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { normalFrom, randomFrom } from "../src/shared/random.ts";
import { languageBatch } from "../src/training/language-data.ts";
import type { Network } from "../src/training/network.ts";
import { openNetwork } from "../src/training/open-network.ts";
import { initialParameters } from "../src/training/parameters.ts";
import { randomWeights } from "../src/training/trial.ts";
import { interleaved, machine } from "./measure.ts";
import { configOf, lora } from "./qlora-step.ts";

const [layers, tokens, vocabularySize] = [2, 512, 512];

const ways = {
  float32: { storage: "float32" },
  nf4: { storage: "nf4" },
  int8: { storage: "int8" },
  "int8, products of int8": { storage: "int8", compute: "int8" },
} as const;
type Way = keyof typeof ways;

const sizesOf = (hidden: number) => ({
  ...configOf(layers),
  hidden,
  heads: hidden / 64,
  kvHeads: hidden / 256,
  headSize: 64,
  intermediate: Math.round((2.75 * hidden) / 64) * 64,
  vocabularySize,
});

type Gradients = ReadonlyMap<string, Float32Array>;

/** Relative length of the difference of all gradients. */
function errorOf(gradients: Gradients, exact: Gradients): number {
  let [error, norm] = [0, 0];
  for (const [name, expected] of exact) {
    const found = gradients.get(name)!;
    for (let place = 0; place < expected.length; place++) {
      error += (found[place]! - expected[place]!) ** 2;
      norm += expected[place]! ** 2;
    }
  }
  return Math.sqrt(error / norm);
}

export async function benchInt8Products(words: readonly string[]): Promise<void> {
  const hidden = Number(words[0] ?? 1024);
  const config = sizesOf(hidden);
  const parameters = initialParameters(loraParameters(config, lora), layers, 1);
  const normal = normalFrom(randomFrom(9));
  for (const [name, data] of parameters) {
    if (name.includes("lora_B"))
      for (let place = 0; place < data.length; place++) data[place] = 0.02 * normal();
  }
  const random = randomFrom(3);
  const ids = Int32Array.from({ length: tokens }, () => Math.floor(random() * vocabularySize));
  const batch = languageBatch([[{ ids, trained: new Uint8Array(tokens).fill(1) }]], {
    config,
    packing: false,
  });
  const networks = new Map<Way, Network>();
  for (const [way, plan] of Object.entries(ways) as [Way, (typeof ways)[Way]][]) {
    const kept = { storage: plan.storage, doubleQuantize: false, halfEmbedding: true };
    const network = await openNetwork(onnxRuntime, {
      config,
      objective: "tokens",
      plan: { ...plan, lora },
      frozen: await freezeWeights(randomWeights(config), config, kept),
      execution: "blocks",
      packed: false,
      residualDropout: 0,
      threads: 1,
    });
    networks.set(way, network);
  }
  const step = (way: Way) => networks.get(way)!.differentiate(parameters, batch, [0]);
  console.log(`${machine()}; hidden ${hidden}, ${layers} blocks, ${tokens} tokens, one thread`);
  const [exact, whole] = [await step("float32"), await step("int8")];
  const steps = Object.fromEntries([...networks.keys()].map((way) => [way, () => step(way)]));
  const times = await interleaved(steps, 5);
  for (const way of networks.keys()) {
    const { gradients } = await step(way);
    const [fromExact, fromInt8] = [errorOf(gradients, exact.gradients), errorOf(gradients, whole.gradients)];
    console.log(
      `${way}: ${times[way]!.processor.toFixed(0)} ms of processor time; gradients ${(100 * fromExact).toFixed(1)} % from those over float32, ${(100 * fromInt8).toFixed(1)} % from those over int8`,
    );
  }
  for (const network of networks.values()) await network[Symbol.asyncDispose]();
}
