/** @file A device → tests of training on it against training over arrays: gradients, losses of steps, whole runs, resumption. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freezeWeights } from "../src/adapters/frozen-weights.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { type DeviceRuntime, type DeviceTensor, floats, ints32 } from "../src/runtime/types.ts";
import type { Batch } from "../src/training/batch.ts";
import { openDeviceLanguageHead } from "../src/training/device-language-head.ts";
import { openLanguageHead } from "../src/training/language-head.ts";
import { type NetworkOptions, openDeviceNetwork, openNetwork } from "../src/training/open-network.ts";
import { initialParameters, type Parameters } from "../src/training/parameters.ts";
import type { ParameterShape } from "../src/models/llama.ts";
import type { ResolvedRecipe } from "../src/training/recipe.ts";
import {
  type AdapterFixture,
  fixtureLora,
  type Family,
  languageBatch,
  readAdapterFixture,
} from "./adapter-fixtures.ts";
import { expectClose } from "./close.ts";
import {
  lossCurve,
  pubTatorOf,
  resolveTiny,
  type TinyFolder,
  tinyDocuments,
  tinyFolder,
  tinyMaskedRecipe,
  tinyRecipe,
  trainTiny,
} from "./tiny-training.ts";

/** Gradients, each relative to its parameter's largest. */
export const gradientBound = 2e-5;
/** Losses of 6 steps, relative; gradients' norms may differ by ten times as much. */
export const lossBound = 1e-4;

const labels = { labels: ["A", "B"] };

function labelBatch(fixture: AdapterFixture, packed: boolean): Batch {
  const { feeds, ...batch } = languageBatch(fixture, packed);
  const rows = batch.rows * batch.time * labels.labels.length;
  const { targets: _, ...others } = feeds;
  return {
    ...batch,
    feeds: {
      ...others,
      labels: ints32(
        Int32Array.from({ length: rows }, (__, row) => (row * 7) % 3),
        [rows, 1],
      ),
      weights: floats(
        Float32Array.from({ length: rows }, (__, row) => (row % 5) / rows),
        [rows, 1],
      ),
    },
  };
}

interface Case extends Partial<Omit<NetworkOptions, "frozen">> {
  readonly family: Family;
}

const full = { storage: "float32" } as const;
const lora = { ...fixtureLora, dropout: 0.2 };

/** What trains what, in one graph and block by block. */
const cases: readonly (readonly [string, Case])[] = [
  ["all weights, labels", { family: "llama", objective: labels, plan: full }],
  ["all weights, tokens, an output matrix of its own", { family: "qwen3", objective: "tokens", plan: full }],
  ["all weights, tokens, tied", { family: "llama", objective: "tokens", plan: full }],
  [
    "an adapter over single precision, packed",
    { family: "qwen2", objective: "tokens", plan: { storage: "float32", lora }, packed: true },
  ],
  ["an adapter over int8, labels", { family: "llama3", objective: labels, plan: { storage: "int8", lora } }],
  ["an adapter over NF4, tokens", { family: "llama", objective: "tokens", plan: { storage: "nf4", lora } }],
];

async function optionsOf(
  { family, ...given }: Case,
  execution: NetworkOptions["execution"],
): Promise<{ readonly fixture: AdapterFixture; readonly options: NetworkOptions }> {
  const fixture = await readAdapterFixture(family);
  const { weights, config } = fixture;
  const plan = given.plan!;
  const read = async (name: string): Promise<Float32Array<ArrayBuffer>> => weights.get(name)!;
  const storage = { storage: plan.storage, doubleQuantize: true, halfEmbedding: false };
  const frozen = plan.lora && (await freezeWeights({ read }, config, storage));
  return {
    fixture,
    options: {
      config,
      objective: "tokens",
      plan,
      ...(frozen && { frozen }),
      execution,
      packed: false,
      residualDropout: execution === "whole" && plan.lora === undefined ? 0.1 : 0,
      threads: 1,
      ...given,
    },
  };
}

function parametersOf({ weights, adapter }: AdapterFixture, trained: readonly ParameterShape[]): Parameters {
  const random = initialParameters(trained, 2, 3);
  return new Map(
    trained.map(({ name }) => [name, adapter.get(name) ?? weights.get(name) ?? random.get(name)!]),
  );
}

async function parkAll(
  device: DeviceRuntime,
  shapes: readonly ParameterShape[],
  arrays: Parameters,
): Promise<Map<string, DeviceTensor>> {
  const parked = new Map<string, DeviceTensor>();
  for (const { name, shape } of shapes) parked.set(name, await device.park(floats(arrays.get(name)!, shape)));
  return parked;
}

async function expectGradients(
  device: DeviceRuntime,
  found: ReadonlyMap<string, DeviceTensor>,
  expected: Parameters | ReadonlyMap<string, Float32Array>,
): Promise<void> {
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, tensor] of found) {
    expectClose(name, (await device.read(tensor)).data, expected.get(name)!, gradientBound);
    tensor.dispose();
  }
}

export function describeNetworks(name: string, device: DeviceRuntime): void {
  describe.each(["whole", "blocks"] as const)(`a network on ${name} (%s)`, (execution) => {
    it.each(cases)("has the loss and gradients of one over arrays: %s", async (_, given) => {
      const { fixture, options } = await optionsOf(given, execution);
      const before = device.liveTensors();
      await using host = await openNetwork(onnxRuntime, options);
      const network = await openDeviceNetwork(device, options);
      expect(network.trained).toEqual(host.trained);
      const parameters = parametersOf(fixture, host.trained);
      const parked = await parkAll(device, host.trained, parameters);
      const { packed } = options;
      const batch =
        options.objective === "tokens" ? languageBatch(fixture, packed) : labelBatch(fixture, packed);
      const expected = await host.differentiate(parameters, batch, [5]);
      for (const again of [0, 1]) {
        const found = await network.differentiate(parked, batch, [5]);
        expect(Math.abs(found.loss / expected.loss - 1), `pass ${again}`).toBeLessThan(1e-5);
        await expectGradients(device, found.gradients, expected.gradients);
      }
      for (const tensor of parked.values()) tensor.dispose();
      await network[Symbol.asyncDispose]();
      expect(device.liveTensors()).toBe(before);
    });
  });

  describe(`the head of a language model on ${name}`, () => {
    it.each([true, false])("goes through the vocabulary in chunks (frozen: %s)", async (isFrozen) => {
      const { fixture, options } = await optionsOf(
        { family: "llama", plan: { storage: "nf4", lora } },
        "blocks",
      );
      const { config, frozen } = options;
      const { rows, time, ...batch } = languageBatch(fixture);
      const before = device.liveTensors();
      const given = { threads: 1, chunk: 17, ...(isFrozen && { frozen: frozen! }) };
      const host = await openLanguageHead(onnxRuntime, config, given);
      const head = await openDeviceLanguageHead(device, config, given);
      const states = Float32Array.from({ length: rows * time * config.hidden }, (_, place) =>
        Math.sin(place),
      );
      const parked = await parkAll(device, head.trained, fixture.weights);
      const there = await device.park(floats(states, [rows, time, config.hidden]));
      const expected = await host.differentiate(states, fixture.weights, { rows, time, ...batch });
      const found = await head.differentiate(there, parked, { rows, time, ...batch });
      expect(Math.abs(found.loss / expected.loss - 1)).toBeLessThan(1e-5);
      expectClose("states", (await device.read(found.gradient)).data, expected.gradient, gradientBound);
      await expectGradients(device, found.gradients, expected.gradients);
      for (const tensor of [...parked.values(), there, found.gradient]) tensor.dispose();
      for (const one of [host, head]) await one[Symbol.asyncDispose]();
      expect(device.liveTensors()).toBe(before);
    });
  });
}

/** Whole tiny runs of `nerium train`'s loop. */
export function describeRuns(name: string, device: DeviceRuntime): void {
  describe(`a run on ${name}`, () => {
    let folder: TinyFolder;
    beforeAll(async () => {
      folder = tinyFolder();
      folder.write("train.pubtator", pubTatorOf(tinyDocuments({ documents: 30, seed: 1 })));
      const short = ["training.steps=3", "training.average=0", "model.hidden=32"];
      await trainTiny(resolveTiny(folder, tinyMaskedRecipe, "out=base", ...short));
    });
    afterAll(() => folder[Symbol.dispose]());

    const labelSettings = ["training.accumulate=2"];
    const adapter = "adapter={rank: 4, alpha: 8, dropout: 0.1, targets: [q_proj, v_proj, up_proj]}";
    const adapterSettings = [
      "from=base/model",
      adapter,
      "quantize.storage=nf4",
      "quantize.doubleQuantize=true",
    ];
    const kinds: readonly (readonly [string, string, readonly string[]])[] = [
      ["labels, all weights in one graph", "labels", labelSettings],
      ["labels, an adapter over NF4 block by block", "adapter", adapterSettings],
    ];
    const resolve = (settings: readonly string[], out: string): ResolvedRecipe =>
      resolveTiny(folder, tinyRecipe, `out=${out}`, "training.steps=6", ...settings);
    const checkpointOf = ({ recipe }: ResolvedRecipe): Buffer =>
      readFileSync(join(recipe.out, "checkpoint.safetensors"));

    it.each(kinds)(
      "has the losses of one on the CPU, and the same again if it is cut short: %s",
      async (_, kind, settings) => {
        const before = device.liveTensors();
        const expected = lossCurve(await trainTiny(resolve(settings, `${kind}-cpu`)));
        const resident = { runtime: device, resident: device };
        const whole = resolve(settings, `${kind}-whole`);
        const found = lossCurve(await trainTiny(whole, resident));
        expect(found).toHaveLength(6);
        found.forEach(([step, loss, norm], place) => {
          expect(Math.abs(loss / expected[place]![1] - 1), `loss at ${step}`).toBeLessThan(lossBound);
          expect(Math.abs(norm / expected[place]![2] - 1), `norm at ${step}`).toBeLessThan(10 * lossBound);
        });
        expect(found[5]![1]).toBeLessThan(found[0]![1]);

        const cut = resolve(settings, `${kind}-cut`);
        const stopping = new AbortController();
        const begun = await trainTiny(cut, {
          ...resident,
          signal: stopping.signal,
          now: () => stopAfter(stopping),
        });
        expect(begun.at(-1)).toMatchObject({ type: "checkpoint-saved" }); // and no end
        expect(lossCurve(begun).length).toBeLessThan(6);
        await trainTiny(cut, resident);
        expect(checkpointOf(cut).equals(checkpointOf(whole))).toBe(true);
        expect(device.liveTensors()).toBe(before);
      },
    );
  });
}

/** A clock that stops the run in its third step or so: it is looked at a few times a step. */
function stopAfter(stopping: AbortController & { looks?: number }): number {
  stopping.looks = (stopping.looks ?? 0) + 1;
  if (stopping.looks > 9) stopping.abort();
  return 0;
}
