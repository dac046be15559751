/** @file A recipe and what was prepared for it → the network that computes its losses and gradients, here or on a device. */
import type { BlockPlan } from "../adapters/block-inputs.ts";
import type { FrozenWeights } from "../adapters/frozen-weights.ts";
import { NeriumError } from "../errors.ts";
import { withIntegerProducts } from "../graph/passes/integer-products.ts";
import type { LlamaConfig } from "../models/llama.ts";
import type { DeviceRuntime, DeviceTensor, Runtime } from "../runtime/types.ts";
import { openBlockNetwork } from "./block-network.ts";
import { parkBlocks } from "./device-blocks.ts";
import { openDeviceLanguageHead } from "./device-language-head.ts";
import { devicePlace, hostPlace, type Place } from "./device-place.ts";
import { openLabelHead } from "./label-head.ts";
import { type LanguageHeadOptions, openLanguageHead } from "./language-head.ts";
import type { Head, Network } from "./network.ts";
import type { Objective } from "./whole-graph.ts";
import { openWholeNetwork } from "./whole-network.ts";

export interface NetworkOptions {
  readonly config: LlamaConfig;
  readonly objective: Objective;
  readonly plan: BlockPlan;
  /** Absent where all weights are trained. */
  readonly frozen?: FrozenWeights;
  readonly execution: "whole" | "blocks";
  readonly packed: boolean;
  readonly residualDropout: number;
  readonly threads: number;
}

function openHead<T>(
  place: Place<T>,
  { config, objective, frozen, threads }: NetworkOptions,
  openTokens: (options: LanguageHeadOptions) => Promise<Head<T>>,
): Promise<Head<T>> {
  if (objective === "tokens") return openTokens({ threads, ...(frozen && { frozen }) });
  const finalNorm = frozen && { finalNorm: frozen.finalNorm };
  return openLabelHead(place, config, { types: objective.labels, threads, ...finalNorm });
}

/** Opens every graph with products of whole numbers in place of those with int8 matrices. */
const integerRuntime = (runtime: Runtime): Runtime => ({
  ...runtime,
  open: (graph, options) => runtime.open(withIntegerProducts(graph), options),
});

/** A network over arrays of this process. */
export async function openNetwork(runtime: Runtime, options: NetworkOptions): Promise<Network> {
  const place = hostPlace(options.plan.compute === "int8" ? integerRuntime(runtime) : runtime);
  if (options.execution === "whole") return openWholeNetwork(place, options);
  const head = await openHead(place, options, (ofTokens) =>
    openLanguageHead(runtime, options.config, ofTokens),
  );
  return openBlockNetwork(place, { ...options, head });
}

/** A network whose parameters, frozen blocks, states and gradients stay on a device. */
export async function openDeviceNetwork(
  device: DeviceRuntime,
  options: NetworkOptions,
): Promise<Network<DeviceTensor>> {
  if (options.plan.compute === "int8") {
    const problem =
      "quantize.compute=int8 is for the CPU: expected --device cpu, or quantize.compute=float32";
    throw new NeriumError("USAGE", problem);
  }
  const place = devicePlace(device);
  const { config, frozen, ...others } = options;
  if (options.execution === "whole") return openWholeNetwork(place, options);
  const head = await openHead(place, options, (ofTokens) => openDeviceLanguageHead(device, config, ofTokens));
  const parked = frozen && (await parkBlocks(device, frozen, config.layers));
  const network = await openBlockNetwork(place, {
    ...others,
    config,
    head,
    ...(parked && { frozen: parked }),
  });
  return {
    ...network,
    async [Symbol.asyncDispose]() {
      await network[Symbol.asyncDispose]();
      parked?.[Symbol.dispose]();
    },
  };
}
