/** @file Rows of numbers → softmax, root-mean-square norm, rotated pairs, cross entropy; each as its paper writes it. */
import { NeriumError } from "../../errors.ts";
import { broadcastStrides, fromFront, type Kernel, offsets } from "./arrays.ts";

export const softmax: Kernel<"Softmax"> = ([x], attributes) => {
  const axis = fromFront(attributes.axis, x!.shape.length);
  const kept = x!.shape.map((size, index) => (index === axis ? 1 : size));
  const group = offsets(x!.shape, broadcastStrides(kept, x!.shape)); // which sum an element belongs to
  const largest = new Float64Array(x!.data.length).fill(-Infinity);
  const sums = new Float64Array(x!.data.length);
  group.forEach((place, index) => (largest[place] = Math.max(largest[place]!, x!.data[index]!)));
  const powers = x!.data.map((value, index) => Math.exp(value - largest[group[index]!]!));
  group.forEach((place, index) => (sums[place]! += powers[index]!));
  return [{ ...x!, data: powers.map((power, index) => power / sums[group[index]!]!) }];
};

// y = w · x / √(mean x² + ε); the second output is 1 / √(mean x² + ε).
export const rmsNorm: Kernel<"SimplifiedLayerNormalization"> = ([x, weight], { epsilon }) => {
  const width = x!.shape.at(-1)!;
  const inverse = new Float64Array(x!.data.length / width);
  inverse.forEach((_, row) => {
    const squares = x!.data
      .subarray(row * width, (row + 1) * width)
      .reduce((sum, value) => sum + value * value, 0);
    inverse[row] = 1 / Math.sqrt(squares / width + epsilon);
  });
  const data = x!.data.map(
    (value, index) => value * inverse[Math.floor(index / width)]! * weight!.data[index % width]!,
  );
  return [
    { ...x!, data },
    { type: x!.type, shape: [...x!.shape.slice(0, -1), 1], data: inverse },
  ];
};

// Element i of a head's first half turns with element i of its second half, by position · frequency i.
export const rotaryEmbedding: Kernel<"RotaryEmbedding"> = ([x, offset, cos, sin], { num_heads: heads }) => {
  const [, time, width] = x!.shape as [number, number, number];
  const perToken = offset!.data.length > 1;
  const size = width / heads;
  const half = size / 2;
  const data = x!.data.map((value, index) => {
    const token = Math.floor(index / width);
    const position = perToken ? offset!.data[token]! : offset!.data[0]! + (token % time);
    if (position >= cos!.shape[0]!) {
      throw new NeriumError("RUNTIME", `RotaryEmbedding: expected ${cos!.shape[0]} positions, got more`);
    }
    const place = index % size;
    const angle = position * half + (place % half);
    const turned = place < half ? -x!.data[index + half]! : x!.data[index - half]!;
    return value * cos!.data[angle]! + turned * sin!.data[angle]!;
  });
  return [{ ...x!, data }];
};

// −log softmax(row)[label]
export const crossEntropy: Kernel<"CrossEntropy"> = ([logits, labels]) => {
  const [probabilities] = softmax([logits!], { axis: -1 });
  const [rows, classes] = logits!.shape as [number, number];
  const losses = new Float64Array(rows);
  losses.forEach((_, row) => {
    const label = labels!.data[row]!;
    if (!(label >= 0 && label < classes)) {
      throw new NeriumError(
        "RUNTIME",
        `CrossEntropy: expected a label from 0 to ${classes - 1}, got ${label}`,
      );
    }
    const values = logits!.data.subarray(row * classes, (row + 1) * classes);
    const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
    losses[row] = Math.log(sum) + largest - values[label]!;
  });
  return [{ type: logits!.type, shape: [rows, 1], data: losses }, probabilities!];
};
