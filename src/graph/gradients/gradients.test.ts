/** @file Every backward rule against central differences in double precision, and on ONNX Runtime against the reference. */
import { describe, expect, it } from "vitest";
import { checkGradient, checkGradientRuntime, differentiableInputs } from "../../../test/gradients.ts";
import { operatorCases } from "../../../test/operator-cases.ts";
import { caseSizes } from "../../../test/operator-cases/case.ts";
import { onnxRuntime } from "../../../test/runtimes.ts";
import { gradientRules, type DifferentiableOperator } from "./table.ts";

const operators = Object.keys(gradientRules) as DifferentiableOperator[];
const gradientCases = operators.map((op) => {
  const cases = operatorCases[op].filter((one) => one.forwardOnly === undefined);
  return { op, cases };
});

describe.each(gradientCases)("the gradient of $op", ({ cases }) => {
  it("has a case", () => {
    expect(cases.length).toBeGreaterThan(0);
    for (const { inputs } of cases) expect(differentiableInputs(inputs)).not.toEqual([]);
  });

  it.each(cases)("is the slope: $title", ({ inputs, build }) => {
    checkGradient({ inputs, build, sizes: caseSizes, seeds: [1, 2] });
  });

  it.each(cases)("is the same on ONNX Runtime: $title", async ({ inputs, build }) => {
    const gradientCase = { inputs, build, sizes: caseSizes, seeds: [3, 4] };
    await checkGradientRuntime(gradientCase, onnxRuntime, { threads: [1, 2], tolerance: 1e-5 });
  });
});
