/** @file Tensors → tensors, element by element, with NumPy's broadcasting. */
import type { Operator } from "../../graph/types.ts";
import { broadcast, broadcastStrides, filled, type Kernel, offsets } from "./arrays.ts";

const unary =
  (compute: (x: number) => number): Kernel<Operator> =>
  ([x]) => [{ ...x!, data: x!.data.map(compute) }];

const binary =
  (compute: (a: number, b: number) => number): Kernel<Operator> =>
  ([a, b]) => {
    const shape = broadcast(a!.shape, b!.shape);
    const left = offsets(shape, broadcastStrides(a!.shape, shape));
    const right = offsets(shape, broadcastStrides(b!.shape, shape));
    const data = filled(left.length, (index) => compute(a!.data[left[index]!]!, b!.data[right[index]!]!));
    return [{ type: a!.type, shape, data }];
  };

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

export const add = binary((a, b) => a + b);
export const sub = binary((a, b) => a - b);
export const mul = binary((a, b) => a * b);
const quotient = binary((a, b) => a / b);
const wholeQuotient = binary((a, b) => Math.trunc(a / b));
export const div: Kernel<"Div"> = (inputs, attributes) =>
  inputs[0]!.type === "float32" ? quotient(inputs, attributes) : wholeQuotient(inputs, attributes);
export const neg = unary((x) => -x);
export const abs = unary(Math.abs);
export const exp = unary(Math.exp);
export const log = unary(Math.log);
export const sqrt = unary(Math.sqrt);
export const sigmoid = unary(logistic);
export const tanh = unary(Math.tanh);
export const identity = unary((x) => x);

export const quickGelu: Kernel<"QuickGelu"> = (inputs, { alpha }) =>
  unary((x) => x * logistic(alpha * x))(inputs, {});

export const cast: Kernel<"Cast"> = ([x], { to }) => {
  const convert =
    to === "float32" ? Math.fround : to === "bool" ? (x: number) => Number(x !== 0) : Math.trunc;
  return [{ type: to, shape: x!.shape, data: x!.data.map(convert) }];
};
