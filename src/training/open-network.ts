/** @file A recipe and what was prepared for it → the network that computes its losses and gradients. */
import type { BlockPlan } from "../adapters/block-inputs.ts";
import type { FrozenWeights } from "../adapters/frozen-weights.ts";
import type { LlamaConfig } from "../models/llama.ts";
import type { Runtime } from "../runtime/types.ts";
import { openBlockNetwork } from "./block-network.ts";
import { hostPlace } from "./device-place.ts";
import { openLabelHead } from "./label-head.ts";
import { openLanguageHead } from "./language-head.ts";
import type { Network } from "./network.ts";
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

/** A network over arrays of this process. */
export async function openNetwork(runtime: Runtime, options: NetworkOptions): Promise<Network> {
  const { config, objective, frozen, threads } = options;
  const place = hostPlace(runtime);
  if (options.execution === "whole") return openWholeNetwork(place, options);
  const head =
    objective === "tokens"
      ? await openLanguageHead(runtime, config, { threads, ...(frozen && { frozen }) })
      : await openLabelHead(place, config, {
          types: objective.labels,
          threads,
          ...(frozen && { finalNorm: frozen.finalNorm }),
        });
  return openBlockNetwork(place, { ...options, head });
}
