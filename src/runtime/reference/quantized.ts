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

export const matMulInteger: Kernel<"MatMulInteger"> = ([a, b, zero]) => {
  const centred = { ...a!, data: a!.data.map((number) => number - zero!.data[0]!) };
  const [{ shape, data }] = matMul([centred, b!], {}) as [PlainTensor];
  return [{ type: "int32", shape, data }];
};
