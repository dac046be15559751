/** @file Losses and gradients of adapted models of every family against PEFT's, whole and block by block. */
import { describe, expect, it } from "vitest";
import {
  type AdapterFixture,
  families,
  fixtureLora,
  languageBatch,
  readAdapterFixture,
} from "../../test/adapter-fixtures.ts";
import { failureOf } from "../../test/tiny-models.ts";
import { expectClose } from "../../test/close.ts";
import { freezeWeights, type FrozenWeights } from "../adapters/frozen-weights.ts";
import { onnxRuntime } from "../runtime/onnxruntime.ts";
import { floats, ints32 } from "../runtime/types.ts";
import { adamWState } from "./adamw.ts";
import type { Batch } from "./batch.ts";
import { languageBatch as batchOf } from "./language-data.ts";
import { openLanguageHead } from "./language-head.ts";
import type { Network } from "./network.ts";
import { type NetworkOptions, openDeviceNetwork, openNetwork } from "./open-network.ts";
import { initialParameters, type Parameters } from "./parameters.ts";
import { resolveRecipe } from "./recipe.ts";
import { takeStep } from "./step.ts";

const executions = ["whole", "blocks"] as const;

function freeze(
  { weights, config }: AdapterFixture,
  storage: "float32" | "int8" | "nf4" = "float32",
): Promise<FrozenWeights> {
  const read = async (name: string): Promise<Float32Array<ArrayBuffer>> => weights.get(name)!;
  return freezeWeights({ read }, config, { storage, doubleQuantize: false, halfEmbedding: false });
}

async function adapted(
  fixture: AdapterFixture,
  options: Partial<NetworkOptions> = {},
): Promise<NetworkOptions> {
  return {
    config: fixture.config,
    objective: "tokens",
    plan: { storage: "float32", lora: fixtureLora },
    frozen: await freeze(fixture),
    execution: "blocks",
    packed: false,
    residualDropout: 0,
    threads: 1,
    ...options,
  };
}

describe.each(families)("an adapted %s", (family) => {
  it.each(executions)("has PEFT's loss and gradients (%s)", async (execution) => {
    const fixture = await readAdapterFixture(family);
    await using network = await openNetwork(onnxRuntime, await adapted(fixture, { execution }));
    const { loss, gradients } = await network.differentiate(fixture.adapter, languageBatch(fixture), [1]);
    expect(loss).toBeCloseTo(fixture.expected.loss, 5);
    expect([...gradients.keys()].sort()).toEqual([...fixture.gradients.keys()].sort());
    for (const [name, expected] of fixture.gradients) expectClose(name, gradients.get(name)!, expected, 2e-5);
  });

  it("follows PEFT's losses for 50 steps", async () => {
    const fixture = await readAdapterFixture(family);
    await using network = await openNetwork(onnxRuntime, await adapted(fixture));
    const { recipe } = resolveRecipe(
      "{ out: x, data: [{ path: x }], types: [T], training: { learningRate: 0.01, schedule: constant, warmup: 0, weightDecay: 0, clip: 0 } }",
    );
    const parameters = new Map([...fixture.adapter].map(([name, data]) => [name, data.slice()]));
    const state = {
      step: 0,
      bestScore: 0,
      bestStep: 0,
      parameters,
      optimizer: adamWState(network.trained),
      average: undefined,
    };
    for (const expected of fixture.expected.curve) {
      const { loss } = await takeStep(network, recipe, state, [languageBatch(fixture)], 50);
      expect(Math.abs(loss / expected - 1)).toBeLessThan(2e-3);
    }
  });
});

/** Gradients of two networks on one batch, parameter by parameter. */
async function expectSame(
  fixture: AdapterFixture,
  one: NetworkOptions,
  other: NetworkOptions,
  batches: readonly [Batch, Batch],
  tolerance = 1e-5,
): Promise<void> {
  await using left = await openNetwork(onnxRuntime, one);
  await using right = await openNetwork(onnxRuntime, other);
  const parameters = parametersOf(fixture, left);
  const [expected, found] = [
    await left.differentiate(parameters, batches[0], [5]),
    await right.differentiate(parameters, batches[1], [5]),
  ];
  expect(found.loss).toBeCloseTo(expected.loss, 5);
  expect([...found.gradients.keys()].sort()).toEqual([...expected.gradients.keys()].sort());
  expect([...found.gradients.keys()].sort()).toEqual(right.trained.map(({ name }) => name).sort());
  for (const [name, gradient] of expected.gradients)
    expectClose(name, found.gradients.get(name)!, gradient, tolerance, 1e-3);
}

/** The fixture's numbers for what it has, random ones for label heads. */
function parametersOf({ weights, adapter }: AdapterFixture, network: Network): Parameters {
  const random = initialParameters(network.trained, 2, 3);
  return new Map(
    network.trained.map(({ name }) => [name, adapter.get(name) ?? weights.get(name) ?? random.get(name)!]),
  );
}

function labelBatch(fixture: AdapterFixture): Batch {
  const batch = languageBatch(fixture);
  const rows = batch.rows * batch.time * 2;
  const { mask } = batch.feeds;
  return {
    ...batch,
    feeds: {
      mask: mask!,
      labels: ints32(
        Int32Array.from({ length: rows }, (_, row) => (row * 7) % 3),
        [rows, 1],
      ),
      weights: floats(
        Float32Array.from({ length: rows }, (_, row) => (row % 5) / rows),
        [rows, 1],
      ),
    },
  };
}

describe.each(executions)("gradients (%s)", (execution) => {
  it.each(["tokens", "labels"] as const)("are not changed by the next batch (%s)", async (kind) => {
    const fixture = await readAdapterFixture("llama");
    const objective = kind === "tokens" ? kind : { labels: ["A", "B"] };
    const { frozen: _, ...options } = await adapted(fixture, {
      objective,
      plan: { storage: "float32" },
      execution,
    });
    await using network = await openNetwork(onnxRuntime, options);
    const parameters = parametersOf(fixture, network);
    const batch = kind === "tokens" ? languageBatch(fixture) : labelBatch(fixture);
    const { gradients } = await network.differentiate(parameters, batch, [1]);
    const before = new Map([...gradients].map(([name, data]) => [name, data.slice()]));
    await network.differentiate(parameters, { ...batch, ids: batch.ids.map((id) => (id + 1) % 9) }, [2]);
    for (const [name, data] of gradients) expectClose(name, data, before.get(name)!, 0);
  });
});

describe("a network run block by block", () => {
  it.each(["tokens", "labels"] as const)(
    "has the gradients of one graph, all weights trained (%s)",
    async (kind) => {
      for (const family of ["llama", "qwen3"] as const) {
        const fixture = await readAdapterFixture(family);
        const objective = kind === "tokens" ? kind : { labels: ["A", "B"] };
        const { frozen: _, ...options } = await adapted(fixture, { objective, plan: { storage: "float32" } });
        const batch = kind === "tokens" ? languageBatch(fixture) : labelBatch(fixture);
        await expectSame(fixture, { ...options, execution: "whole" }, options, [batch, batch]);
      }
    },
  );

  it("has the gradients of one graph with label heads beside an adapter that drops its inputs", async () => {
    const fixture = await readAdapterFixture("llama3");
    const plan = {
      storage: "float32",
      lora: { ...fixtureLora, dropout: 0.3, targets: ["q_proj", "down_proj"] },
    } as const;
    const options = await adapted(fixture, { objective: { labels: ["A", "B"] }, plan });
    await expectSame(fixture, { ...options, execution: "whole" }, options, [
      labelBatch(fixture),
      labelBatch(fixture),
    ]);
  });

  it("gives the same whatever the chunks that the vocabulary is gone through in", async () => {
    const fixture = await readAdapterFixture("llama");
    const head = await openLanguageHead(onnxRuntime, fixture.config, { threads: 1, chunk: 17 });
    const whole = await openLanguageHead(onnxRuntime, fixture.config, { threads: 1 });
    const states = Float32Array.from({ length: 2 * 12 * 32 }, (_, place) => Math.sin(place));
    const results = [];
    for (const one of [head, whole]) {
      results.push(await one.differentiate(states, fixture.weights, languageBatch(fixture)));
      await one[Symbol.asyncDispose]();
    }
    expect(results[0]!.loss).toBeCloseTo(results[1]!.loss, 5);
    expectClose("states", results[0]!.gradient, results[1]!.gradient, 1e-5);
    for (const [name, gradient] of results[1]!.gradients)
      expectClose(name, results[0]!.gradients.get(name)!, gradient, 1e-5);
  });
});

describe.each(["int8", "nf4"] as const)("a network over %s weights", (storage) => {
  it("is the network over the numbers that they stand for", async () => {
    const fixture = await readAdapterFixture("qwen2");
    const frozen = await freeze(fixture, storage);
    const rounded = new Map([...fixture.weights].map(([name, data]) => [name, frozen.matrix(name) ?? data]));
    const differs = [...rounded].filter(([name, data]) =>
      data.some((number, place) => number !== fixture.weights.get(name)![place]),
    );
    expect(differs).toHaveLength(14);
    const plan = { storage, lora: fixtureLora } as const;
    const options = await adapted(fixture, { frozen, plan });
    const same = await adapted({ ...fixture, weights: rounded });
    const batch = languageBatch(fixture);
    await expectSame(fixture, same, options, [batch, batch], 2e-5);
    await expectSame(fixture, same, { ...options, execution: "whole" }, [batch, batch], 2e-5);
  });
});

describe("a network that computes with int8 matrices as they are", () => {
  it.each(executions)("has nearly the loss and gradients of the exact one (%s)", async (execution) => {
    const fixture = await readAdapterFixture("llama3");
    const frozen = await freeze(fixture, "int8");
    const plan = { storage: "int8", lora: fixtureLora } as const;
    const results = [];
    for (const compute of ["float32", "int8"] as const) {
      const options = await adapted(fixture, { frozen, execution, plan: { ...plan, compute } });
      await using network = await openNetwork(onnxRuntime, options);
      results.push(await network.differentiate(fixture.adapter, languageBatch(fixture), [1]));
    }
    const [exact, near] = results as [(typeof results)[0], (typeof results)[0]];
    expect(near.loss).not.toBe(exact.loss);
    expect(Math.abs(near.loss / exact.loss - 1)).toBeLessThan(0.01);
    let [error, norm] = [0, 0];
    for (const [name, gradient] of exact.gradients) {
      const other = near.gradients.get(name)!;
      gradient.forEach((number, place) => {
        error += (number - other[place]!) ** 2;
        norm += number ** 2;
      });
    }
    expect(Math.sqrt(error / norm)).toBeLessThan(0.1);
  });
});

it("is refused on a device where it should compute with int8 matrices as they are", async () => {
  const fixture = await readAdapterFixture("llama3");
  const plan = { storage: "int8", compute: "int8", lora: fixtureLora } as const;
  const error = await failureOf(openDeviceNetwork({} as never, await adapted(fixture, { plan })));
  expect(error).toMatchObject({ code: "USAGE", message: expect.stringContaining("--device cpu") });
});

describe("packed rows", () => {
  it.each(["whole", "blocks"] as const)(
    "give the loss and gradients of rows of their own (%s)",
    async (execution) => {
      const fixture = await readAdapterFixture("llama3");
      const sequences = [
        [3, 9, 20, 31, 8],
        [5, 44],
        [7, 7, 60, 1, 2, 13, 40],
      ].map((ids) => ({
        ids: Int32Array.from(ids),
        trained: Uint8Array.from(ids, (id) => Number(id !== 9)),
      }));
      const { config } = fixture;
      const apart = batchOf(
        sequences.map((sequence) => [sequence]),
        { config, packing: false },
      );
      const together = batchOf([[sequences[0]!, sequences[1]!], [sequences[2]!]], { config, packing: true });
      expect([apart.time, together.time, together.rows]).toEqual([7, 7, 2]);
      const options = await adapted(fixture, { execution });
      await expectSame(fixture, options, { ...options, packed: true }, [apart, together]);
    },
  );
});
