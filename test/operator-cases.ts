/**
 * @file Operator → small graphs around it with the operands they take. One table serves three tests: runtimes agree, the
 * inferred shapes are the computed ones, and the gradients are the slopes. An operator without a case does not compile.
 */
import type { Operator } from "../src/graph/types.ts";
import type { OperatorCase } from "./operator-cases/case.ts";
import { elementwiseCases } from "./operator-cases/elementwise.ts";
import { layoutCases } from "./operator-cases/layout.ts";
import { pickingCases } from "./operator-cases/picking.ts";
import { productCases } from "./operator-cases/products.ts";
import { quantizedCases } from "./operator-cases/quantized.ts";
import { rowCases } from "./operator-cases/rows.ts";

export const operatorCases: { readonly [Op in Operator]: readonly [OperatorCase, ...OperatorCase[]] } = {
  ...elementwiseCases,
  ...productCases,
  ...quantizedCases,
  ...rowCases,
  ...layoutCases,
  ...pickingCases,
};
