/** @file How a block's weights are kept and what is trained of them → the graph's inputs, and the weights made of them. */
import { nf4Block } from "../formats/nf4.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/types.ts";
import {
  type BlockWeights,
  linearShapes,
  type LlamaConfig,
  parameterOf,
  type ParameterShape,
  vectorShapes,
} from "../models/llama.ts";
import { adapt, blockLoraShapes, dropoutSites, type LoraSettings, type Product } from "./lora.ts";

/** How frozen matrices lie in memory: 32, 8 or about 4.5 bits a number. */
export const matrixStorages = ["float32", "int8", "nf4"] as const;
export type MatrixStorage = (typeof matrixStorages)[number];

export interface BlockPlan {
  readonly storage: MatrixStorage;
  /** int8: products of int8 matrices are of whole numbers (graph/passes/integer-products); float32 if absent. */
  readonly compute?: "float32" | "int8";
  /** What is trained beside the frozen matrices; absent: all weights if they are kept as float32, else nothing. */
  readonly lora?: LoraSettings;
}

export interface BlockInputs {
  readonly weights: BlockWeights;
  /** Inputs that training changes. */
  readonly trained: readonly Value[];
}

/** Names of a frozen matrix's inputs, by storage. */
export const storedParts = {
  float32: ["weight"],
  int8: ["int8", "scale"],
  nf4: ["codes", "absmax"],
} as const satisfies Record<MatrixStorage, readonly string[]>;

/** A frozen matrix's inputs and its product. */
function frozenProduct(
  builder: GraphBuilder,
  storage: MatrixStorage,
  prefix: string,
  { name, shape }: ParameterShape,
): (x: Value) => Value {
  const [out, inner] = shape as [number, number];
  const input = (part: string, sizes: readonly number[], type: Value["type"]): Value =>
    builder.input(`${prefix}${name}.${part}`, sizes, type);
  if (storage === "float32") {
    const weight = input("weight", shape, "float32");
    return (x) => builder.linear(x, weight);
  }
  if (storage === "int8") {
    const [whole, scale] = [input("int8", shape, "int8"), input("scale", [out], "float32")];
    return (x) => builder.linear(x, builder.node("DequantizeLinear", [whole, scale], { axis: 0 })[0]!);
  }
  const codes = input("codes", [(out * inner) / 2], "uint8");
  const absmax = input("absmax", [(out * inner) / nf4Block], "float32");
  return (x) => builder.nf4Linear(x, codes, absmax, out);
}

/**
 * Declares the inputs of one block, every name after `prefix`: norms and biases, matrices as the plan keeps them, the
 * adapter's A and B, and, if `dropping`, the adapter's dropout factors [batch, time, in].
 */
export function blockInputs(
  builder: GraphBuilder,
  config: LlamaConfig,
  { storage, lora }: BlockPlan,
  prefix = "",
  dropping = false,
): BlockInputs {
  const declare = (shapes: readonly ParameterShape[]): Map<string, Value> =>
    new Map(shapes.map(({ name, shape }) => [name, builder.input(prefix + name, shape)]));
  const vectors = declare(vectorShapes(config));
  const vector = (name: string): Value => parameterOf(vectors, name);
  if (lora === undefined && storage === "float32") {
    const matrices = declare(
      linearShapes(config).map(({ name, shape }) => ({ name: `${name}.weight`, shape })),
    );
    const linear: Product = (name, x) => builder.linear(x, parameterOf(matrices, `${name}.weight`));
    return { weights: { vector, linear }, trained: [...vectors.values(), ...matrices.values()] };
  }
  const products = new Map(
    linearShapes(config).map((matrix) => [matrix.name, frozenProduct(builder, storage, prefix, matrix)]),
  );
  const frozen: Product = (name, x) => products.get(name)!(x);
  if (lora === undefined) return { weights: { vector, linear: frozen }, trained: [] };
  const adapter = declare(blockLoraShapes(config, lora));
  const sites = dropping ? dropoutSites(config, lora) : [];
  const dropout = new Map(
    sites.map(({ name, shape }) => [name, builder.input(prefix + name, ["batch", "time", shape[0]!])]),
  );
  const linear = adapt(builder, frozen, lora, adapter, dropout);
  return { weights: { vector, linear }, trained: [...adapter.values()] };
}
