/** @file Shapes in → shapes out: the arithmetic of dimensions that are partly known only by name. */
import type { Dimension, Shape } from "./types.ts";

export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** Counts an axis from the front: -1 of rank 3 is 2. */
export function normalizeAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= rank) throw new Error(`internal: axis ${axis} of a value of rank ${rank}`);
  return positive;
}

function broadcastDimension(a: Dimension, b: Dimension): Dimension | undefined {
  if (a === b || b === 1) return a;
  return a === 1 ? b : undefined;
}

/** NumPy's broadcasting rule. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    const dimension = broadcastDimension(left, right);
    if (dimension === undefined) {
      throw new Error(`internal: cannot broadcast ${formatShape(a)} with ${formatShape(b)}`);
    }
    return dimension;
  });
}

/** Number of elements where every dimension is known, otherwise undefined. */
export function elementCount(shape: Shape): number | undefined {
  let count = 1;
  for (const dimension of shape) {
    if (typeof dimension !== "number") return undefined;
    count *= dimension;
  }
  return count;
}
