/** @file A graph and its feeds → its outputs, in plain TypeScript and double precision: what other runtimes must equal. */
import { prune } from "../graph/passes/prune.ts";
import { formatShape } from "../graph/shapes.ts";
import type { DataType, Graph, Operator, Value } from "../graph/types.ts";
import { bindFeeds, type Sizes } from "./feeds.ts";
import { filled, type Kernel, type PlainTensor } from "./reference/arrays.ts";
import { kernels } from "./reference/kernels.ts";
import { onHost, type Runtime, type Tensor, type TensorData } from "./types.ts";

export type { PlainTensor } from "./reference/arrays.ts";

/** The signature's promise against what was computed; names that no feed binds are open. */
function checkPromise({ name, type, shape }: Value, result: PlainTensor, sizes: Sizes): void {
  const kept = shape.every((dimension, axis) => {
    const expected = typeof dimension === "number" ? dimension : sizes.get(dimension)?.size;
    return expected === undefined || expected === result.shape[axis];
  });
  if (kept && type === result.type && shape.length === result.shape.length) return;
  const got = `${result.type} ${formatShape(result.shape)}`;
  throw new Error(`internal: ${name} was inferred as ${type} ${formatShape(shape)}, computed as ${got}`);
}

/** Runs a graph in double precision; what is fed and what comes out keeps its 53 bits. */
export function evaluate(graph: Graph, feeds: Readonly<Record<string, PlainTensor>>): readonly PlainTensor[] {
  const values = new Map<string, PlainTensor>();
  const { inputs, outputs, constants, nodes } = prune(graph);
  const sizes = bindFeeds(inputs, feeds);
  for (const { name } of inputs) values.set(name, feeds[name]!);
  for (const { value, data } of constants) {
    values.set(value.name, {
      type: value.type,
      shape: value.shape as number[],
      data: filled(data.length, (index) => Number(data[index])),
    });
  }
  for (const node of nodes) {
    const kernel = kernels[node.op] as Kernel<Operator>;
    const results = kernel(
      node.inputs.map(({ name }) => values.get(name)!),
      node.attributes,
    );
    node.outputs.forEach((output, index) => {
      checkPromise(output, results[index]!, sizes);
      values.set(output.name, results[index]!);
    });
  }
  return outputs.map(({ name }) => values.get(name)!);
}

const makers: { readonly [type in DataType]: (data: Float64Array) => TensorData } = {
  float32: (data) => Float32Array.from(data),
  int32: (data) => Int32Array.from(data),
  int64: (data) => BigInt64Array.from(Array.from(data, BigInt)),
  uint8: (data) => Uint8Array.from(data),
  int8: (data) => Int8Array.from(data),
  bool: (data) => Uint8Array.from(data),
};

export function toPlain({ type, shape, data }: Tensor): PlainTensor {
  return { type, shape, data: filled(data.length, (index) => Number(data[index])) };
}

export function fromPlain({ type, shape, data }: PlainTensor): Tensor {
  return { type, shape, data: makers[type](data) };
}

export const referenceRuntime: Runtime = {
  name: "reference",
  async open(graph, { held = {} } = {}) {
    return {
      async run(feeds) {
        const plain = Object.fromEntries(
          Object.entries({ ...held, ...feeds }).map(([name, tensor]) => [name, toPlain(onHost(tensor))]),
        );
        return evaluate(graph, plain).map(fromPlain);
      },
      async [Symbol.asyncDispose]() {},
    };
  },
};
