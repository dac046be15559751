/** @file Quantised matrices → their numbers, and products with them. */
import { dequantizeNf4 } from "../../formats/nf4.ts";
import { filled, type Kernel, type PlainTensor } from "./arrays.ts";
import { linear, matMul } from "./products.ts";

export const nf4Dequantize: Kernel<"Nf4Dequantize"> = ([codes, absmax], { out, in: inner }) => {
  const data = dequantizeNf4({
    codes: Uint8Array.from(codes!.data),
    absmax: Float32Array.from(absmax!.data),
  });
  return [{ type: "float32", shape: [out, inner], data: Float64Array.from(data) }];
};

export const matMulBnb4: Kernel<"MatMulBnb4"> = ([x, codes, absmax], { K, N }) => {
  const [weight] = nf4Dequantize([codes!, absmax!], { out: N, in: K });
  return linear([x!, weight!], {});
};

export const dequantizeLinear: Kernel<"DequantizeLinear"> = ([x, scale]) => {
  const width = x!.shape[1]!;
  const data = filled(x!.data.length, (place) => x!.data[place]! * scale!.data[Math.floor(place / width)]!);
  return [{ type: "float32", shape: x!.shape, data } satisfies PlainTensor];
};

function nearestEven(number: number): number {
  const below = Math.floor(number);
  const part = number - below;
  if (part !== 0.5) return Math.round(number);
  return below % 2 === 0 ? below : below + 1;
}

export const quantizeLinear: Kernel<"QuantizeLinear"> = ([x, scale, zero]) => {
  const [step, shift] = [scale!.data[0]!, zero!.data[0]!];
  const data = filled(x!.data.length, (place) =>
    Math.min(255, Math.max(0, nearestEven(x!.data[place]! / step) + shift)),
  );
  return [{ type: "uint8", shape: x!.shape, data } satisfies PlainTensor];
};

export const matMulIntegerToFloat: Kernel<"MatMulIntegerToFloat"> = ([x, matrix, scale, scales, zero]) => {
  const centred = { ...x!, data: x!.data.map((value) => value - zero!.data[0]!) };
  const [product] = matMul([centred, matrix!], {});
  const width = matrix!.shape[1]!;
  const data = product!.data.map((sum, place) => sum * scale!.data[0]! * scales!.data[place % width]!);
  return [{ type: "float32", shape: product!.shape, data } satisfies PlainTensor];
};

export const matMulInteger: Kernel<"MatMulInteger"> = ([a, b, zero]) => {
  const centred = { ...a!, data: a!.data.map((number) => number - zero!.data[0]!) };
  const [{ shape, data }] = matMul([centred, b!], {}) as [PlainTensor];
  return [{ type: "int32", shape, data }];
};
