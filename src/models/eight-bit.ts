/**
 * @file Ranges of a network's activations → its blocks with matrices and activations of 8 bits (static quantisation). The
 * ranges are fixed once, so that what becomes of a token does not depend on what else is in its batch.
 */
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, Value } from "../graph/types.ts";
import { floats, type Tensors } from "../runtime/types.ts";
import { attentionMask } from "./attention-mask.ts";
import {
  blockPrefix,
  type BlockWeights,
  embeddingName,
  linearShapes,
  llama,
  type LlamaConfig,
  llamaParameters,
  parameterInputs,
  parameterOf,
  plainWeights,
} from "./llama.ts";

/** What a block's matrices read: the attention's input, its mixed values, the feed-forward part's input and gated states. */
export const activationSites = ["attention", "mixed", "feedForward", "gated"] as const;
export type ActivationSite = (typeof activationSites)[number];

/** Least and greatest number at a site; what lies outside is cut to it. */
export type Range = readonly [low: number, high: number];
export type BlockRanges = Readonly<Record<ActivationSite, Range>> & {
  /**
   * A digit for each channel of the gated states: their numbers are divided by 2 to the power of it, and the range is
   * theirs then. A few channels are a hundred times as wide as the others, which would fall between the steps.
   */
  readonly gatedShifts: string;
};

/** The widest channel gets 9, one half as wide 8, and so on down to 0; `widths` are the largest numbers without sign. */
export function shiftsOf(widths: Float32Array): string {
  const widest = widths.reduce((most, width) => Math.max(most, width), 0);
  const shift = (width: number): number =>
    width === 0 ? 0 : Math.max(0, 9 + Math.round(Math.log2(width / widest)));
  return Array.from(widths, shift).join("");
}

export const unitsOf = (shifts: string): Float32Array =>
  Float32Array.from(shifts, (digit) => 2 ** Number(digit));

/** Where a matrix, by its name within the block, reads. */
export function siteOf(matrix: string): ActivationSite {
  if (matrix === "self_attn.o_proj") return "mixed";
  if (matrix === "mlp.down_proj") return "gated";
  return matrix.startsWith("mlp.") ? "feedForward" : "attention";
}

/** 255 steps from low to high, on one of which 0 lies. */
export function stepsOf([low, high]: Range): { readonly scale: number; readonly zero: number } {
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  const scale = Math.fround(Math.max(1e-8, (to - from) / 255));
  return { scale, zero: Math.min(255, Math.round(Math.abs(from) / scale)) };
}

const matrixNames = (config: LlamaConfig, layer: number) =>
  linearShapes(config).map(({ name, shape }) => ({
    name,
    parameter: `${blockPrefix(layer)}${name}.weight`,
    shape: shape as [number, number],
  }));

const partsOf = (parameter: string) => ({ codes: `${parameter}.codes`, scales: `${parameter}.scales` });

/** Parameters that two inputs stand for: codes int8 [in, out] and the scales of their columns [out]. */
export function eightBitNames(config: LlamaConfig): ReadonlySet<string> {
  const layers = Array.from({ length: config.layers }, (_, layer) => matrixNames(config, layer));
  return new Set(layers.flat().map(({ parameter }) => parameter));
}

export interface EightBitBlock {
  readonly layer: number;
  readonly ranges: BlockRanges;
}

/** `parameters` hold what stays in single precision. */
export function eightBitWeights(
  builder: GraphBuilder,
  config: LlamaConfig,
  parameters: ReadonlyMap<string, Value>,
  { layer, ranges }: EightBitBlock,
): BlockWeights {
  const matrices = new Map(matrixNames(config, layer).map((matrix) => [matrix.name, matrix]));
  const rounded = new Map<Value, Value>();
  return {
    vector: (name) => parameterOf(parameters, blockPrefix(layer) + name),
    linear(name, x) {
      const { parameter, shape } = matrices.get(name)!;
      const [out, within] = shape;
      const { scale, zero } = stepsOf(ranges[siteOf(name)]);
      const steps = [builder.scalar(scale), builder.constant(new Uint8Array([zero]), [])] as const;
      const known = rounded.get(x) ?? builder.node("QuantizeLinear", [x, ...steps], {})[0]!;
      rounded.set(x, known);
      const { codes, scales } = partsOf(parameter);
      const matrix = builder.input(codes, [within, out], "int8");
      const columns = builder.input(scales, [out]);
      return builder.node("MatMulIntegerToFloat", [known, matrix, steps[0], columns, steps[1]], {})[0]!;
    },
  };
}

/** The two inputs of every matrix: each column has steps of its own, the largest number of it is 127 of them. */
export function eightBitTensors(
  config: LlamaConfig,
  parameters: ReadonlyMap<string, Float32Array<ArrayBuffer>>,
  ranges: readonly BlockRanges[],
): Tensors {
  const tensors: Record<string, Tensors[string]> = {};
  for (let layer = 0; layer < config.layers; layer++) {
    const units = unitsOf(ranges[layer]!.gatedShifts);
    for (const { name, parameter, shape } of matrixNames(config, layer)) {
      const [out, within] = shape;
      const { codes, scales } = partsOf(parameter);
      const made = roundedColumns(inUnits(parameters.get(parameter)!, name, units), out, within);
      tensors[codes] = { type: "int8", shape: [within, out], data: made.codes };
      tensors[scales] = floats(made.scales, [out]);
    }
  }
  return tensors;
}

/** Makes the gated states smaller where they are computed and larger again where they are read: exact, powers of two. */
function inUnits(weight: Float32Array, name: string, units: Float32Array): Float32Array {
  const channels = units.length;
  if (name === "mlp.down_proj") return weight.map((number, place) => number * units[place % channels]!);
  const hidden = weight.length / channels;
  if (name === "mlp.up_proj")
    return weight.map((number, place) => number / units[Math.floor(place / hidden)]!);
  return weight;
}

/** A weight [out, in] → codes [in, out] and scales [out]. */
function roundedColumns(weight: Float32Array, out: number, within: number) {
  const codes = new Int8Array(out * within);
  const scales = new Float32Array(out);
  for (let column = 0; column < out; column++) {
    const row = weight.subarray(column * within, (column + 1) * within);
    let most = 1e-8;
    for (const value of row) most = Math.max(most, Math.abs(value));
    const scale = Math.fround(most / 127);
    scales[column] = scale;
    for (let place = 0; place < within; place++)
      codes[place * out + column] = Math.round(row[place]! / scale);
  }
  return { codes, scales };
}

/**
 * Inputs: the network's parameters by name, `ids` int64 [batch, time], `mask`. Outputs, a number for each channel: the
 * least and the greatest one at every site of every block, block by block, in the order of `activationSites`.
 */
export function activationRangesGraph(config: LlamaConfig): Graph {
  const builder = new GraphBuilder();
  const parameters = parameterInputs(builder, llamaParameters(config));
  const ids = builder.input("ids", ["batch", "time"], "int64");
  const embedded = builder.gather(parameters.get(embeddingName)!, ids);
  const read = new Map<string, Value>();
  llama(builder, config, parameters, { embedded, mask: attentionMask(builder, config) }, (layer) => {
    const weights = plainWeights(builder, parameters, layer);
    return {
      vector: (name) => weights.vector(name),
      linear(name, x) {
        read.set(`${layer} ${siteOf(name)}`, x);
        return weights.linear(name, x);
      },
    };
  });
  const greatest = (x: Value): Value => builder.reduceMax(x, [0, 1], 0);
  const ranges = Array.from({ length: config.layers }, (_, layer) =>
    activationSites.flatMap((site) => {
      const x = read.get(`${layer} ${site}`)!;
      return [builder.neg(greatest(builder.neg(x))), greatest(x)];
    }),
  );
  return builder.finish(ranges.flat());
}
