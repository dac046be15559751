/** @file Parameter shapes → arrays: fresh random weights, and the names that optimizers treat alike. */
import type { ParameterShape } from "../models/llama.ts";
import { normalFrom, type Random, randomFrom } from "../shared/random.ts";

/** Weights, moments or averages by parameter name, laid out as in Hugging Face's files. */
export type Parameters = Map<string, Float32Array<ArrayBuffer>>;

export function sizeOf({ shape }: ParameterShape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function zeros(shapes: readonly ParameterShape[]): Parameters {
  return new Map(shapes.map((parameter) => [parameter.name, new Float32Array(sizeOf(parameter))]));
}

const isNorm = ({ name }: ParameterShape): boolean => name.endsWith("norm.weight");
const isBias = ({ name }: ParameterShape): boolean => name.endsWith(".bias");

/**
 * Norms 1, biases 0, the rest normal with standard deviation 0.02, and 0.02/√(2·layers) for what writes into the
 * residual stream (Radford et al. 2019). Adapters as PEFT begins them: A uniform in ±1/√in, B 0, so that they change
 * nothing at first.
 */
export function initialParameters(
  shapes: readonly ParameterShape[],
  layers: number,
  seed: number,
): Parameters {
  return new Map(
    shapes.map((parameter, index) => {
      const data = new Float32Array(sizeOf(parameter));
      fillInitial(data, parameter, layers, randomFrom(seed, index));
      return [parameter.name, data];
    }),
  );
}

function fillInitial(data: Float32Array, parameter: ParameterShape, layers: number, random: Random): void {
  const { name, shape } = parameter;
  if (isNorm(parameter)) data.fill(1);
  if (isNorm(parameter) || isBias(parameter) || name.endsWith(".lora_B.weight")) return;
  if (name.endsWith(".lora_A.weight")) {
    const border = 1 / Math.sqrt(shape[1]!);
    for (let place = 0; place < data.length; place++) data[place] = border * (2 * random() - 1);
    return;
  }
  const writesResidual = /(?:o_proj|down_proj)\.weight$/.test(name);
  const deviation = writesResidual ? 0.02 / Math.sqrt(2 * layers) : 0.02;
  const normal = normalFrom(random);
  for (let place = 0; place < data.length; place++) data[place] = normal() * deviation;
}

/** Decay shrinks weight matrices only; embeddings, norms and biases keep their scale. */
export function decays(parameter: ParameterShape): boolean {
  return parameter.shape.length === 2 && !parameter.name.includes("embed_tokens");
}

/** Adds the gradient of every gathered row [rows · time, hidden] to its token's row of the embedding's gradient. */
export function addRows(total: Float32Array, ids: Int32Array, rows: Float32Array, hidden: number): void {
  for (let index = 0; index < ids.length; index++) {
    const target = ids[index]! * hidden;
    const source = index * hidden;
    for (let place = 0; place < hidden; place++)
      total[target + place] = total[target + place]! + rows[source + place]!;
  }
}
