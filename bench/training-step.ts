/**
 * @file The built-in model's training step against the engine's plain matrix product, as floating-point operations per
 * second in the same run. Only the step's matrix products are counted, so all other work shows as loss.
 */
import engine from "onnxruntime-node";
import { encodeOnnx } from "../src/graph/onnx.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import type { Graph, Node } from "../src/graph/types.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { floats, type Tensors } from "../src/runtime/types.ts";
import { randomFrom } from "../src/shared/random.ts";
import { adamWState } from "../src/training/adamw.ts";
import { maskedData } from "../src/training/masked-data.ts";
import { initialParameters } from "../src/training/parameters.ts";
import { resolveRecipe } from "../src/training/recipe.ts";
import { freshConfig } from "../src/training/setup.ts";
import { takeStep } from "../src/training/step.ts";
import { hostPlace } from "../src/training/device-place.ts";
import { openWholeNetwork } from "../src/training/whole-network.ts";
import { wholeGraph } from "../src/training/whole-graph.ts";
import { interleaved, machine } from "./measure.ts";

const { recipe } = resolveRecipe(
  "{ task: masked, out: out/bench, data: [{ path: x }], window: { size: 128, overlap: 0 }, training: { dropout: 0 } }",
);
const config = freshConfig(recipe, 12_000);
const words = { vocabularySize: 12_000, specials: { pad: 0, unknown: 1, mask: 2, separator: 3 } };

/** Multiplications and additions of all matrix products of a graph whose symbolic sizes are those of the feeds. */
function operations(graph: Graph, feeds: Tensors): number {
  const sizes = new Map<string, number>();
  for (const { name, shape } of graph.inputs) {
    shape.forEach((dimension, axis) => {
      if (typeof dimension === "string" && feeds[name]) sizes.set(dimension, feeds[name].shape[axis]!);
    });
  }
  const tokens = sizes.get("batch")! * sizes.get("time")!;
  // Names that only reshapes make: all tokens in one axis.
  const known = (dimension: number | string): number =>
    typeof dimension === "number" ? dimension : (sizes.get(dimension) ?? tokens);
  const ofProduct = ({ inputs: [a], outputs: [y], op, attributes }: Node): number => {
    const inner = op === "Gemm" && (attributes as { transA: 0 | 1 }).transA ? a!.shape[0]! : a!.shape.at(-1)!;
    return 2 * y!.shape.reduce<number>((product, dimension) => product * known(dimension), known(inner));
  };
  return graph.nodes
    .filter(({ op }) => op === "MatMul" || op === "Linear" || op === "Gemm")
    .reduce((total, node) => total + ofProduct(node), 0);
}

/** A square product; only the sum of the result is fetched, so copying does not count. */
async function plainProduct(size: number): Promise<{ run: () => Promise<unknown>; operations: number }> {
  const builder = new GraphBuilder();
  const [a, b] = [builder.input("a", [size, size]), builder.input("b", [size, size])];
  const session = await onnxRuntime.open(builder.finish([builder.reduceSum(builder.matMul(a, b), [0, 1])]));
  const random = randomFrom(1);
  const matrix = floats(Float32Array.from({ length: size * size }, random), [size, size]);
  return { run: () => session.run({ a: matrix, b: matrix }), operations: 2 * size ** 3 };
}

/** The same product with the engine's own settings: its threads spin, which ours do not (docs/decisions). */
async function spinningProduct(size: number): Promise<() => Promise<unknown>> {
  const builder = new GraphBuilder();
  const [a, b] = [builder.input("a", [size, size]), builder.input("b", [size, size])];
  const graph = builder.finish([builder.reduceSum(builder.matMul(a, b), [0, 1])]);
  const session = await engine.InferenceSession.create(encodeOnnx(graph));
  const random = randomFrom(1);
  const data = Float32Array.from({ length: size * size }, random);
  const matrix = new engine.Tensor("float32", data, [size, size]);
  return () => session.run({ a: matrix, b: matrix });
}

export async function benchTrainingStep(): Promise<void> {
  const task = { objective: "tokens", plan: { storage: "float32" } } as const;
  const { graph, trained: shapes } = wholeGraph(config, task);
  const random = randomFrom(2);
  const wordStart = 1 << 28;
  const stream = Int32Array.from({ length: 65_536 }, () => (4 + Math.floor(random() * 11_990)) | wordStart);
  const settings = {
    config,
    tokenizer: words,
    size: 128,
    batchTokens: 4096,
    maskRate: 0.2,
    seed: 1,
  } as never;
  const data = maskedData([{ stream, repeat: 1 }], settings);
  const state = {
    step: 0,
    bestScore: -1,
    bestStep: -1,
    parameters: initialParameters(shapes, config.layers, 1),
    optimizer: adamWState(shapes),
    average: undefined,
  };
  const options = { ...task, config, packed: false, residualDropout: 0, threads: 0 };
  await using network = await openWholeNetwork(hostPlace(onnxRuntime), options);
  const product = await plainProduct(2048);
  const { feeds, rows, time } = data.batch(0, 0);
  const embedded = floats(new Float32Array(rows * time * config.hidden), [rows, time, config.hidden]);
  const perStep = operations(graph, { ...feeds, embedded });
  const before = machine();
  const timings = await interleaved(
    {
      step: () => takeStep(network, recipe, state, [data.batch(0, state.step % 16)], 1000),
      product: product.run,
      spinning: await spinningProduct(2048),
    },
    10,
  );
  const rate = (count: number, milliseconds: number): number => count / milliseconds / 1e6;
  const step = rate(perStep, timings.step.median);
  const plain = rate(product.operations, timings.product.median);
  console.log(before);
  console.log(
    `training step, 4096 tokens: ${timings.step.median.toFixed(0)} ms, ${(4096e3 / timings.step.median).toFixed(0)} tokens/s, ${step.toFixed(0)} GFLOP/s`,
  );
  console.log(`plain product 2048³: ${timings.product.median.toFixed(0)} ms, ${plain.toFixed(0)} GFLOP/s`);
  const spinning = rate(product.operations, timings.spinning.median);
  console.log(
    `the same with spinning threads: ${spinning.toFixed(0)} GFLOP/s (best ${rate(product.operations, timings.spinning.best).toFixed(0)})`,
  );
  console.log(
    `ratio: ${((100 * step) / plain).toFixed(0)} %, to spinning threads ${((100 * step) / spinning).toFixed(0)} %`,
  );
}
