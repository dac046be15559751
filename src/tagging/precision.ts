/** @file What a person asked for, a model and the processor → the precision that a label model computes in. */
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/types.ts";
import { floats, type Runtime, type Tensors } from "../runtime/types.ts";

export const precisions = ["float32", "int8"] as const;
export type Precision = (typeof precisions)[number];

export const precisionWishes = ["auto", ...precisions] as const;
export type PrecisionWish = (typeof precisionWishes)[number];

/** Share of single precision's time that 8 bits may take, to be worth their rounding. */
const worthIt = 0.8;

/** `auto` takes 8 bits where the model knows its ranges and `runtime`, the CPU's, multiplies bytes exactly and faster. */
export async function choosePrecision(
  wish: PrecisionWish,
  hasRanges: boolean,
  runtime: Runtime,
): Promise<Precision> {
  if (wish !== "auto") return wish;
  if (!hasRanges) return "float32";
  const { exact, ratio } = await tryBytes(runtime);
  return exact && ratio <= worthIt ? "int8" : "float32";
}

const [rows, within, out] = [256, 256, 768] as const;
const rounds = 5;

export interface ByteTrial {
  /** Whether sums of the largest products came out right: some processors cut them to 16 bits on the way. */
  readonly exact: boolean;
  /** Processor time of a product of bytes, rounding included, as a share of that in single precision. */
  readonly ratio: number;
}

/** A few milliseconds of the products that a small model consists of. */
export async function tryBytes(runtime: Runtime): Promise<ByteTrial> {
  const x = floats(new Float32Array(rows * within).fill(255), [rows, within]);
  const bytes = await timeOf(runtime, byteProduct(), {
    x,
    codes: { type: "int8", shape: [within, out], data: new Int8Array(within * out).fill(127) },
    scales: floats(new Float32Array(out).fill(1), [out]),
  });
  const single = await timeOf(runtime, singleProduct(), {
    x,
    weight: floats(new Float32Array(within * out).fill(127), [out, within]),
  });
  const exact = Math.abs(bytes.first / single.first - 1) < 1e-4;
  return { exact, ratio: bytes.microseconds / Math.max(1, single.microseconds) };
}

function byteProduct(): Graph {
  const builder = new GraphBuilder();
  const [scale, zero] = [builder.scalar(1), builder.constant(new Uint8Array([0]), [])];
  const [codes] = builder.node("QuantizeLinear", [builder.input("x", [rows, within]), scale, zero], {});
  const matrix = builder.input("codes", [within, out], "int8");
  const scales = builder.input("scales", [out]);
  return builder.finish(builder.node("MatMulIntegerToFloat", [codes!, matrix, scale, scales, zero], {}));
}

function singleProduct(): Graph {
  const builder = new GraphBuilder();
  const x = builder.input("x", [1, rows, within]); // as in a model: three axes take another way through the engine
  return builder.finish([builder.linear(x, builder.input("weight", [out, within]))]);
}

/** The least time of some runs on one thread, and the first number of the result. Processor time: others may work beside us. */
async function timeOf(
  runtime: Runtime,
  graph: Graph,
  { x, ...held }: Tensors,
): Promise<{ readonly first: number; readonly microseconds: number }> {
  await using session = await runtime.open(graph, { threads: 1, held });
  const feeds = { x: { ...x!, shape: graph.inputs[0]!.shape as number[] } };
  let [first, microseconds] = [Number.NaN, Infinity];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    const [result] = await session.run(feeds);
    const { user, system } = process.cpuUsage(before);
    first = result!.data[0] as number;
    microseconds = Math.min(microseconds, user + system);
  }
  return { first, microseconds };
}
