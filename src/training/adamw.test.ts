/** @file AdamW against a second, plain derivation of the published update; clipping; averaged weights. */
import { describe, expect, it } from "vitest";
import { embeddingName, type ParameterShape } from "../models/llama.ts";
import { adamWState, adamWStep, averageStep, globalNorm, type Gradients } from "./adamw.ts";
import type { Parameters } from "./parameters.ts";

const matrix = "model.layers.0.self_attn.q_proj.weight";
const shapes: readonly ParameterShape[] = [
  { name: embeddingName, shape: [1, 2] },
  { name: matrix, shape: [2, 1] },
  { name: "model.norm.weight", shape: [2] },
  { name: "classifier.bias", shape: [2] },
];
const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.1 };
const learningRate = 0.01;
const slopes = [
  [0.5, -0.25],
  [-1, 2],
  [0.125, 3],
];

const everywhere = (numbers: readonly number[]): Parameters =>
  new Map(shapes.map(({ name }) => [name, Float32Array.from(numbers)]));

/** Loshchilov & Hutter 2019, algorithm 2, for one number, with sums instead of running means. */
function published(start: number, gradients: readonly number[], decay: number): number {
  const { beta1, beta2, epsilon } = settings;
  return gradients.reduce((weight, _, last) => {
    const seen = gradients.slice(0, last + 1);
    const mean = (power: number, beta: number): number =>
      seen.reduce((sum, slope, at) => sum + (1 - beta) * beta ** (last - at) * slope ** power, 0) /
      (1 - beta ** (last + 1));
    const step = mean(1, beta1) / (Math.sqrt(mean(2, beta2)) + epsilon);
    return weight - learningRate * (step + decay * weight);
  }, start);
}

function afterSteps(scale: number): Parameters {
  const parameters = everywhere([1, -2]);
  const state = adamWState(shapes);
  slopes.forEach((slope, index) => {
    const gradients: Gradients = everywhere(slope);
    adamWStep(shapes, parameters, gradients, state, settings, { step: index + 1, learningRate, scale });
  });
  return parameters;
}

describe("AdamW", () => {
  it.each(shapes)("moves $name as published, with decay for matrices alone", ({ name }) => {
    const decay = name === matrix ? settings.weightDecay : 0;
    const moved = afterSteps(1).get(name)!;
    [1, -2].forEach((start, index) => {
      const gradients = slopes.map((slope) => slope[index]!);
      expect(moved[index]).toBeCloseTo(published(start, gradients, decay), 5);
    });
  });

  it("goes one learning rate far at its first step, whatever the gradient's size", () => {
    const parameters = everywhere([0, 0]);
    const options = { step: 1, learningRate, scale: 1 };
    adamWStep(shapes, parameters, everywhere([1e-3, -1e3]), adamWState(shapes), settings, options);
    expect(parameters.get(matrix)![0]).toBeCloseTo(-learningRate, 6);
    expect(parameters.get(matrix)![1]).toBeCloseTo(learningRate, 6);
  });

  it("keeps moments of the scaled gradient", () => {
    const state = adamWState(shapes);
    const options = { step: 1, learningRate, scale: 0.5 };
    adamWStep(shapes, everywhere([0, 0]), everywhere([4, -8]), state, settings, options);
    expect(state.first.get(matrix)![0]).toBeCloseTo(0.1 * 2, 6);
    expect(state.second.get(matrix)![1]).toBeCloseTo(0.02 * 16, 6);
  });

  it("takes the norm over all gradients together", () => {
    const gradients = new Map([
      ["a", Float32Array.of(3, 0)],
      ["b", Float32Array.of(-4)],
    ]);
    expect(globalNorm(gradients)).toBe(5);
  });
});

describe("averaged weights", () => {
  it("follow the weights quickly at first and slowly later", () => {
    const average: Parameters = new Map([["a", Float32Array.of(0)]]);
    const weights: Parameters = new Map([["a", Float32Array.of(1)]]);
    averageStep(average, weights, 0.9, 1);
    expect(average.get("a")![0]).toBeCloseTo(1 - 2 / 11, 6);
    averageStep(average, weights, 0.9, 1000);
    expect(average.get("a")![0]).toBeCloseTo(1 - (2 / 11) * 0.9, 6);
  });
});
