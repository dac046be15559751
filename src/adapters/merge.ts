/** @file A matrix and its adapter → the one matrix that does the same: W + scale · B·A. */
import type { LoraSettings } from "./lora.ts";
import { loraA, loraB, loraScale } from "./lora.ts";

type Floats = Float32Array<ArrayBuffer>;

/** Adds scale · B·A [out, in] to `weight` in place, summed in double precision. */
export function mergeMatrix(
  weight: Floats,
  a: Floats,
  b: Floats,
  { rank }: LoraSettings,
  scale: number,
): void {
  const inner = a.length / rank;
  const out = b.length / rank;
  const row = new Float64Array(inner);
  for (let place = 0; place < out; place++) {
    row.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = scale * b[place * rank + k]!;
      if (factor === 0) continue;
      const start = k * inner;
      for (let column = 0; column < inner; column++) row[column]! += factor * a[start + column]!;
    }
    const start = place * inner;
    for (let column = 0; column < inner; column++) weight[start + column]! += row[column]!;
  }
}

/**
 * The weight of the model by this name with the adapter merged into it; `weight` itself is changed. Weights that no
 * adapter changes come back as they are.
 */
export function mergedWeight(
  name: string,
  weight: Floats,
  parameters: ReadonlyMap<string, Floats>,
  settings: LoraSettings,
): Floats {
  const module = name.replace(/\.weight$/, "");
  const [a, b] = [parameters.get(loraA(module)), parameters.get(loraB(module))];
  if (a !== undefined && b !== undefined) mergeMatrix(weight, a, b, settings, loraScale(settings));
  return weight;
}
