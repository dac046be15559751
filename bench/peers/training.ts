/**
 * @file Tokens a second of adapter training, ours against PyTorch with PEFT, on a 10 M and a 100 M parameter model: the
 * same weights, adapter, batch, optimizer and threads, in turns. The losses of the first steps are compared before.
 * NERIUM_PYTHON names a Python that has torch, transformers and peft (bench/peers/train_peft.py).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freezeWeights } from "../../src/adapters/frozen-weights.ts";
import { loraParameters } from "../../src/adapters/lora.ts";
import { writeAdapter } from "../../src/adapters/peft.ts";
import { languageParameters, type LlamaConfig } from "../../src/models/llama.ts";
import { type NeriumFile, writeModelFolder } from "../../src/models/model-folder.ts";
import { onnxRuntime } from "../../src/runtime/onnxruntime.ts";
import { randomFrom } from "../../src/shared/random.ts";
import { adamWState } from "../../src/training/adamw.ts";
import { languageBatch } from "../../src/training/language-data.ts";
import type { Batch } from "../../src/training/batch.ts";
import type { Network } from "../../src/training/network.ts";
import { openNetwork } from "../../src/training/open-network.ts";
import { initialParameters, type Parameters } from "../../src/training/parameters.ts";
import { resolveRecipe } from "../../src/training/recipe.ts";
import { takeStep } from "../../src/training/step.ts";
import { machine } from "../measure.ts";
import { type Peer, startPeer } from "./peer-process.ts";

const threads = 2;
const lora = {
  rank: 16,
  alpha: 32,
  dropout: 0,
  targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
  rankStabilized: false,
};

interface Size {
  readonly name: string;
  readonly config: Pick<
    LlamaConfig,
    "hidden" | "layers" | "heads" | "kvHeads" | "intermediate" | "vocabularySize"
  >;
  readonly rows: number;
  readonly time: number;
}

const sizes: readonly Size[] = [
  {
    name: "10M",
    config: { hidden: 256, layers: 8, heads: 4, kvHeads: 2, intermediate: 768, vocabularySize: 16_000 },
    rows: 8,
    time: 256,
  },
  {
    name: "100M",
    config: { hidden: 768, layers: 12, heads: 12, kvHeads: 4, intermediate: 2048, vocabularySize: 32_000 },
    rows: 4,
    time: 256,
  },
];

const configOf = ({ config, time }: Size): LlamaConfig => ({
  ...config,
  headSize: config.hidden / config.heads,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
  attention: "causal",
  maximumLength: time,
  tiedEmbeddings: true,
  attentionBias: "none",
  queryKeyNorm: false,
});

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!;

/** `words` may name sizes: "10M", "100M"; all if none. */
export async function benchPeerTraining(words: readonly string[]): Promise<void> {
  console.log(machine());
  for (const size of sizes) if (words.length === 0 || words.includes(size.name)) await benchSize(size);
}

interface Steps {
  readonly losses: readonly number[];
  readonly milliseconds: readonly number[];
}
type TakeSteps = (count: number) => Promise<Steps>;

async function benchSize(size: Size): Promise<void> {
  const config = configOf(size);
  const folder = mkdtempSync(join(tmpdir(), "nerium-peer-"));
  try {
    const written = await writeModelAndAdapter(folder, config);
    const ids = randomIds(size);
    await using network = await openOurs(config, written.base);
    const ours = ourSteps(
      network,
      config,
      written.adapter,
      languageBatch(rowsOf(ids), { config, packing: false }),
    );
    const paths = [join(folder, "model"), join(folder, "adapter"), String(threads)];
    using float = startPeer("train_peft.py", [...paths, "float32"]);
    using half = startPeer("train_peft.py", [...paths, "bfloat16"]);
    const all = { ours, "PyTorch float32": peerSteps(float, ids), "PyTorch bfloat16": peerSteps(half, ids) };
    await compareLosses(all.ours, all["PyTorch float32"]);
    await all["PyTorch bfloat16"](1);
    report(size, await inTurns(all));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Written {
  readonly base: Parameters;
  readonly adapter: Parameters;
}

async function writeModelAndAdapter(folder: string, config: LlamaConfig): Promise<Written> {
  const base = initialParameters(languageParameters(config), config.layers, 1);
  const nerium: NeriumFile = {
    nerium: 1,
    task: "language",
    types: [],
    tagged: [],
    window: { size: config.maximumLength, overlap: 0 },
  };
  const path = join(folder, "model");
  await writeModelFolder(path, { config, nerium, parameters: base, tokenizer: "{}" }, "F32");
  const shapes = loraParameters(config, lora);
  const adapter = initialParameters(shapes, config.layers, 2);
  const settings = { settings: lora, task: "CAUSAL_LM", base: path, parameters: adapter } as const;
  await writeAdapter(join(folder, "adapter"), settings, shapes);
  return { base, adapter };
}

async function openOurs(config: LlamaConfig, parameters: Parameters): Promise<Network> {
  const source = { read: (name: string) => Promise.resolve(parameters.get(name)!) };
  const kept = { storage: "float32", doubleQuantize: false, halfEmbedding: false } as const;
  return openNetwork(onnxRuntime, {
    config,
    objective: "tokens",
    plan: { storage: "float32", lora },
    frozen: await freezeWeights(source, config, kept),
    execution: "whole",
    packed: false,
    residualDropout: 0,
    threads,
  });
}

function randomIds({ rows, time, config }: Size): Int32Array[] {
  const random = randomFrom(3);
  const row = () => Int32Array.from({ length: time }, () => Math.floor(random() * config.vocabularySize));
  return Array.from({ length: rows }, row);
}

const rowsOf = (all: readonly Int32Array[]) =>
  all.map((ids) => [{ ids, trained: new Uint8Array(ids.length).fill(1) }]);

function ourSteps(network: Network, config: LlamaConfig, parameters: Parameters, batch: Batch): TakeSteps {
  const { recipe } = resolveRecipe(
    "{ out: x, data: [{ path: x }], types: [T], training: { learningRate: 1e-4, schedule: constant, warmup: 0, weightDecay: 0 } }",
  );
  const optimizer = adamWState(loraParameters(config, lora));
  const state = { step: 0, bestScore: 0, bestStep: 0, parameters, optimizer, average: undefined };
  return async (count) => {
    const [losses, milliseconds]: [number[], number[]] = [[], []];
    for (let step = 0; step < count; step++) {
      const began = performance.now();
      losses.push((await takeStep(network, recipe, state, [batch], 1000)).loss);
      milliseconds.push(performance.now() - began);
    }
    return { losses, milliseconds };
  };
}

const peerSteps =
  (peer: Peer, ids: readonly Int32Array[]): TakeSteps =>
  async (steps) => {
    const { losses, milliseconds } = await peer.ask({ ids: ids.map((row) => [...row]), steps });
    return { losses: losses!, milliseconds: milliseconds! };
  };

async function compareLosses(ours: TakeSteps, theirs: TakeSteps): Promise<void> {
  const [mine, other] = [await ours(2), await theirs(2)];
  const apart = Math.max(...mine.losses.map((loss, step) => Math.abs(loss / other.losses[step]! - 1)));
  if (apart > 1e-4)
    throw new Error(`the losses differ: ${mine.losses.join(", ")} and ${other.losses.join(", ")}`);
}

/** In turns, so that what else the machine does meets all of them; median milliseconds of a step. */
async function inTurns(all: Readonly<Record<string, TakeSteps>>): Promise<Map<string, number>> {
  const times = new Map<string, number[]>(Object.keys(all).map((name) => [name, []]));
  for (let round = 0; round < 5; round++) {
    for (const [name, take] of Object.entries(all)) times.get(name)!.push(...(await take(2)).milliseconds);
  }
  return new Map([...times].map(([name, list]) => [name, median(list)]));
}

function report({ name, rows, time }: Size, steps: ReadonlyMap<string, number>): void {
  console.log(`${name} parameters, ${rows * time} tokens a step, ${threads} threads`);
  const ours = steps.get("ours")!;
  for (const [peer, milliseconds] of steps) {
    const rate = ((1000 * rows * time) / milliseconds).toFixed(0);
    console.log(`  ${peer}: ${rate} tokens/s, ours / this ${(milliseconds / ours).toFixed(2)}`);
  }
}
