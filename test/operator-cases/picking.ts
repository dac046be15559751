/** @file Cases of operators that pick elements by index or put them there. */
import { operatorCase } from "./case.ts";

const table = { shape: [7, 4] };
const ids = { shape: ["batch", "time"], type: "int64", range: [0, 7] } as const;

export const pickingCases = {
  Gather: [
    operatorCase(
      "rows by ids that repeat",
      { table, ids: { ...ids, range: [0, 3] } as const },
      (builder, { table, ids }) => builder.gather(table, ids),
    ),
    operatorCase(
      "a list of ids",
      { table, ids: { ...ids, shape: ["time"] } as const },
      (builder, { table, ids }) => builder.gather(table, ids),
    ),
    operatorCase(
      "ids whose axis is called rows",
      { table, ids: { ...ids, shape: ["rows", 3] } as const },
      (builder, { table, ids }) => builder.gather(table, ids),
    ),
    operatorCase("int32 ids", { table, ids: { ...ids, type: "int32" } as const }, (builder, { table, ids }) =>
      builder.gather(table, ids),
    ),
    operatorCase("rows of one number", { table: { shape: [7, 1] }, ids }, (builder, { table, ids }) =>
      builder.gather(table, ids),
    ),
    operatorCase(
      "one row of a matrix",
      { table, id: { shape: [], type: "int64", range: [0, 7] } },
      (builder, { table, id }) => builder.gather(table, id),
    ),
    operatorCase(
      "one part of a larger tensor",
      { table: { shape: [4, "batch", 1, 3] }, id: { shape: [], type: "int64", range: [0, 4] } },
      (builder, { table, id }) => builder.gather(table, id),
      "the rule is written for rows of a matrix and says so",
    ),
    operatorCase(
      "columns",
      { table: { shape: ["batch", 7, 2] }, ids },
      (builder, { table, ids }) => builder.node("Gather", [table, ids], { axis: 1 }),
      "the rule is written for rows of a matrix and says so",
    ),
  ] as const,
  GatherElements: [
    operatorCase(
      "one of each row",
      { x: { shape: ["batch", 5] }, indices: { shape: ["batch", 1], type: "int32", range: [0, 5] } },
      (builder, { x, indices }) => builder.gatherElements(x, indices, 1),
    ),
    operatorCase(
      "more than there are, along the first axis",
      { x: { shape: [3, 4] }, indices: { shape: ["time", 4], type: "int64", range: [0, 3] } },
      (builder, { x, indices }) => builder.gatherElements(x, indices, 0),
    ),
    operatorCase(
      "a part of the other axis",
      { x: { shape: [3, 4, 2] }, indices: { shape: [2, 4, 1], type: "int64", range: [0, 4] } },
      (builder, { x, indices }) => builder.gatherElements(x, indices, 1),
    ),
  ] as const,
  ScatterElements: [
    operatorCase(
      "adding at places that repeat",
      {
        x: { shape: [3, 4] },
        indices: { shape: ["time", 4], type: "int64", range: [0, 3] },
        updates: { shape: ["time", 4] },
      },
      (builder, { x, indices, updates }) =>
        builder.node("ScatterElements", [x, indices, updates], { axis: 0, reduction: "add" }),
    ),
    operatorCase(
      "overwriting one of each row",
      {
        x: { shape: ["batch", 5] },
        indices: { shape: ["batch", 1], type: "int32", range: [0, 5] },
        updates: { shape: ["batch", 1] },
      },
      (builder, { x, indices, updates }) =>
        builder.node("ScatterElements", [x, indices, updates], { axis: 1, reduction: "none" }),
    ),
    operatorCase(
      "adding into a part of the other axis",
      {
        x: { shape: [3, 4] },
        indices: { shape: [2, 6], type: "int64", range: [0, 4] },
        updates: { shape: [2, 6] },
      },
      (builder, { x, indices, updates }) =>
        builder.node("ScatterElements", [x, indices, updates], { axis: 1, reduction: "add" }),
    ),
  ] as const,
};
