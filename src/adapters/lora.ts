/**
 * @file Settings of a low-rank adapter → its parameters' names and shapes, and adapted products in a graph.
 * LoRA (Hu et al. 2022): y = W·x + scale · B·(A·dropout(x)), with W frozen, A [rank, in] and B [out, rank].
 */
import { NeriumError } from "../errors.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/types.ts";
import { blockPrefix, linearShapes, type LlamaConfig, type ParameterShape } from "../models/llama.ts";

export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  /** Share of the adapter's inputs that is dropped in training. */
  readonly dropout: number;
  /** Names of the adapted matrices without their parent: "q_proj", "down_proj". */
  readonly targets: readonly string[];
  /** scale = alpha / √rank instead of alpha / rank (Kalajdzievski 2023). */
  readonly rankStabilized: boolean;
}

export function loraScale({ rank, alpha, rankStabilized }: LoraSettings): number {
  return alpha / (rankStabilized ? Math.sqrt(rank) : rank);
}

export const loraA = (name: string): string => `${name}.lora_A.weight`;
export const loraB = (name: string): string => `${name}.lora_B.weight`;

const shortName = (name: string): string => name.slice(name.indexOf(".") + 1);

/** The matrices of a block that an adapter changes, by their names within the block. */
export function adaptedMatrices(config: LlamaConfig, { targets }: LoraSettings): ParameterShape[] {
  const matrices = linearShapes(config);
  const known = matrices.map(({ name }) => shortName(name));
  const stranger = targets.find((target) => !known.includes(target));
  if (stranger !== undefined || targets.length === 0) {
    const got = stranger === undefined ? "none" : `"${stranger}"`;
    throw new NeriumError("RECIPE", `adapter.targets: expected some of ${known.join(", ")}, got ${got}`);
  }
  return matrices.filter(({ name }) => targets.includes(shortName(name)));
}

/** A and B of every adapted matrix of one block, named within the block. */
export function blockLoraShapes(config: LlamaConfig, settings: LoraSettings): ParameterShape[] {
  return adaptedMatrices(config, settings).flatMap(({ name, shape: [out, inner] }) => [
    { name: loraA(name), shape: [settings.rank, inner!] },
    { name: loraB(name), shape: [out!, settings.rank] },
  ]);
}

/** All parameters of an adapter, named in the model. */
export function loraParameters(config: LlamaConfig, settings: LoraSettings): ParameterShape[] {
  return Array.from({ length: config.layers }, (_, layer) =>
    blockLoraShapes(config, settings).map(({ name, shape }) => ({ name: blockPrefix(layer) + name, shape })),
  ).flat();
}

/** The states of a block that adapted matrices read; matrices that read the same state share its dropout. */
export function dropoutSites(config: LlamaConfig, settings: LoraSettings): ParameterShape[] {
  const sites = new Map(
    adaptedMatrices(config, settings).map(({ name, shape }) => [
      siteOf(name),
      { name: siteOf(name), shape: [shape[1]!] },
    ]),
  );
  return [...sites.values()];
}

function siteOf(matrix: string): string {
  if (/[qkv]_proj$/.test(matrix)) return "dropout.self_attn";
  if (/(?:gate|up)_proj$/.test(matrix)) return "dropout.mlp";
  return `dropout.${matrix}`;
}

/** A matrix's product with x, by its name within the block. */
export type Product = (name: string, x: Value) => Value;

/**
 * Wraps a block's products. `parameters` holds A and B by their names within the block, `dropout` the factors 0 or
 * 1/(1−p) of each site, [batch, time, in]; without them nothing is dropped.
 */
export function adapt(
  builder: GraphBuilder,
  base: Product,
  settings: LoraSettings,
  parameters: ReadonlyMap<string, Value>,
  dropout: ReadonlyMap<string, Value>,
): Product {
  return (name, x) => {
    const [a, b] = [parameters.get(loraA(name)), parameters.get(loraB(name))];
    const y = base(name, x);
    if (a === undefined || b === undefined) return y;
    const factors = dropout.get(siteOf(name));
    const read = factors === undefined ? x : builder.mul(x, factors);
    // Scaled where the tensor is smallest: [.., rank].
    const inner = builder.mul(builder.linear(read, a), builder.scalar(loraScale(settings)));
    return builder.add(y, builder.linear(inner, b));
  };
}
