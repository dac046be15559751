/** @file Weights and an adapter → weights that do the same alone: W + scale · B·A, row by row as they are asked for. */
import type { RowRange, WeightSource } from "../formats/weight-source.ts";
import { loraA, loraB, loraScale, type LoraSettings } from "./lora.ts";

type Floats = Float32Array<ArrayBuffer>;

export interface MergedAdapter {
  readonly settings: LoraSettings;
  /** A and B by their names in the model. */
  readonly parameters: ReadonlyMap<string, Floats>;
}

/** Adds the rows [from, …) of scale · B·A [out, in] to those rows of a weight, in place; sums are double precision. */
function addRows(
  weight: Floats,
  from: number,
  a: Floats,
  b: Floats,
  { rank }: LoraSettings,
  scale: number,
): void {
  const inner = a.length / rank;
  const row = new Float64Array(inner);
  for (let start = 0, place = from; start < weight.length; start += inner, place++) {
    row.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = scale * b[place * rank + k]!;
      if (factor === 0) continue;
      for (let column = 0; column < inner; column++) row[column]! += factor * a[k * inner + column]!;
    }
    for (let column = 0; column < inner; column++) weight[start + column]! += row[column]!;
  }
}

/**
 * The weight of the model by this name (or its rows from `from` on) with the adapter merged into it; `weight` itself is
 * changed. Weights that the adapter leaves alone come back as they are.
 */
export function mergedWeight(
  name: string,
  weight: Floats,
  { parameters, settings }: MergedAdapter,
  from = 0,
): Floats {
  const module = name.replace(/\.weight$/, "");
  const [a, b] = [parameters.get(loraA(module)), parameters.get(loraB(module))];
  if (a !== undefined && b !== undefined) addRows(weight, from, a, b, settings, loraScale(settings));
  return weight;
}

/** The merged model as a source of weights; nothing is held, the base is not closed with it. */
export function mergedSource(base: WeightSource, adapter: MergedAdapter): WeightSource {
  return {
    entries: base.entries,
    read: async (name: string, rows?: RowRange) =>
      mergedWeight(name, await base.read(name, rows), adapter, rows?.from),
    async [Symbol.asyncDispose]() {},
  };
}
