/** @file Matrices → their products, batched or transposed, each entry summed in double precision. */
import { broadcast, broadcastStrides, countOf, type Kernel, offsets, type PlainTensor } from "./arrays.ts";

/** Where a matrix starts in its data, and how far apart its rows and columns lie. */
interface Matrix {
  readonly data: Float64Array;
  readonly start: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

const entry = ({ data, start, rowStride, columnStride }: Matrix, row: number, column: number): number =>
  data[start + row * rowStride + column * columnStride]!;

function multiply(
  a: Matrix,
  b: Matrix,
  [rows, inner, columns]: readonly [number, number, number],
): Float64Array {
  const product = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += entry(a, row, k) * entry(b, k, column);
      product[row * columns + column] = sum;
    }
  }
  return product;
}

export const matMul: Kernel<"MatMul"> = ([a, b]) => {
  const sizes = [a!.shape.at(-2)!, a!.shape.at(-1)!, b!.shape.at(-1)!] as const;
  const [rows, inner, columns] = sizes;
  const batch = broadcast(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
  const startsOf = (shape: readonly number[]): Int32Array => {
    const matrixSize = shape.at(-2)! * shape.at(-1)!;
    return offsets(
      batch,
      broadcastStrides(shape.slice(0, -2), batch).map((stride) => stride * matrixSize),
    );
  };
  const rightStarts = startsOf(b!.shape);
  const data = new Float64Array(countOf(batch) * rows * columns);
  startsOf(a!.shape).forEach((start, index) => {
    const left = { data: a!.data, start, rowStride: inner, columnStride: 1 };
    const right = { data: b!.data, start: rightStarts[index]!, rowStride: columns, columnStride: 1 };
    data.set(multiply(left, right, sizes), index * rows * columns);
  });
  return [{ type: a!.type, shape: [...batch, rows, columns], data }];
};

export const linear: Kernel<"Linear"> = ([x, weight]) => {
  const [out, inner] = weight!.shape as [number, number];
  const rows = x!.data.length / inner;
  const left = { data: x!.data, start: 0, rowStride: inner, columnStride: 1 };
  const data = multiply(left, asMatrix(weight!, 1), [rows, inner, out]);
  return [{ type: x!.type, shape: [...x!.shape.slice(0, -1), out], data }];
};

function asMatrix({ data, shape }: PlainTensor, transposed: 0 | 1): Matrix {
  const width = shape[1]!;
  return transposed
    ? { data, start: 0, rowStride: 1, columnStride: width }
    : { data, start: 0, rowStride: width, columnStride: 1 };
}

export const gemm: Kernel<"Gemm"> = ([a, b], { transA, transB, alpha }) => {
  const [rows, inner] = transA ? [a!.shape[1]!, a!.shape[0]!] : [a!.shape[0]!, a!.shape[1]!];
  const columns = transB ? b!.shape[0]! : b!.shape[1]!;
  const product = multiply(asMatrix(a!, transA), asMatrix(b!, transB), [rows, inner, columns]);
  return [{ type: a!.type, shape: [rows, columns], data: product.map((x) => alpha * x) }];
};
