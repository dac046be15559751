/** @file Computing in 8 bits: when it is chosen, how near it stays to single precision, and what it refuses. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { failureOf, tinyModel } from "../../test/tiny-models.ts";
import type { Document } from "../documents/index.ts";
import { builtinFolder } from "../hub/index.ts";
import { shiftsOf, stepsOf, unitsOf } from "../models/eight-bit.ts";
import { type ModelFolder, readModelFolder } from "../models/model-folder.ts";
import { onnxRuntime } from "../runtime/onnxruntime.ts";
import { floats, type Runtime } from "../runtime/types.ts";
import { activationRanges } from "./activation-ranges.ts";
import { openLabelNetwork } from "./label-network.ts";
import { openTagger } from "./open-tagger.ts";
import { choosePrecision, type Precision } from "./precision.ts";

/** A processor whose products of bytes take so long, in milliseconds, and begin with so much of the right sum. */
function processor(milliseconds: number, right = 1): Runtime {
  const work = (time: number): void => {
    const spent = (): number => process.cpuUsage().user + process.cpuUsage().system;
    const start = spent();
    while (spent() - start < 1000 * time);
  };
  return {
    name: "a made-up processor",
    async open(graph) {
      const ofBytes = graph.nodes.some(({ op }) => op === "MatMulIntegerToFloat");
      return {
        async run() {
          work(ofBytes ? milliseconds : 4);
          return [floats(Float32Array.of(ofBytes ? 1e6 * right : 1e6), [1])];
        },
        async [Symbol.asyncDispose]() {},
      };
    },
  };
}

describe("the choice of a precision", () => {
  it("is 8 bits where they are faster and exact, and the model knows its ranges", async () => {
    expect(await choosePrecision("auto", true, processor(1))).toBe("int8");
    expect(await choosePrecision("auto", true, processor(5))).toBe("float32");
    expect(await choosePrecision("auto", true, processor(1, 0.5))).toBe("float32");
    expect(await choosePrecision("auto", false, processor(1))).toBe("float32");
  });

  it("is a person's where they have one", async () => {
    expect(await choosePrecision("float32", true, processor(1))).toBe("float32");
    expect(await choosePrecision("int8", true, processor(5))).toBe("int8");
  });
});

async function probabilities(model: ModelFolder, texts: readonly string[], precision: Precision) {
  await using network = await openLabelNetwork(model, { runtime: onnxRuntime, name: "model", precision });
  const documents: Document[] = texts.map((text, at) => ({
    id: String(at),
    passages: [{ text, mentions: [] }],
  }));
  const read = await network.read(documents);
  return read.flat().flatMap((passage) => [...passage.probabilities.values]);
}

function distances(a: readonly number[], b: readonly number[]) {
  expect(b).toHaveLength(a.length);
  const apart = a.map((value, place) => Math.abs(value - b[place]!));
  return {
    mean: apart.reduce((sum, one) => sum + one, 0) / apart.length,
    worst: apart.reduce((most, one) => Math.max(most, one), 0),
  };
}

describe("a network in 8 bits", () => {
  it("gives nearly the probabilities of single precision: the built-in model", async () => {
    const model = await readModelFolder(builtinFolder);
    const text = readFileSync(new URL("../../examples/abstract.txt", import.meta.url), "utf8");
    const [single, bytes] = [
      await probabilities(model, [text], "float32"),
      await probabilities(model, [text], "int8"),
    ];
    const { mean, worst } = distances(single, bytes);
    expect(mean).toBeLessThan(1e-3);
    expect(worst).toBeLessThan(0.25);
    expect(worst).toBeGreaterThan(0); // else nothing was rounded
  });

  it("does so with the ranges that texts give, and worse with ranges that cut", async () => {
    const tiny = await tinyModel(["Disease", "Chemical"]);
    const texts = ["gout after zinc", "renal failure with IL-2 and mTOR"];
    const activations = await activationRanges(tiny, texts, onnxRuntime);
    expect(activations).toHaveLength(tiny.config.layers);
    const withRanges = (shrunk: number): ModelFolder => {
      const cut = ([low, high]: readonly [number, number]): [number, number] => [low / shrunk, high / shrunk];
      const blocks = activations.map(({ attention, mixed, feedForward, gated, gatedShifts }) => ({
        attention: cut(attention),
        mixed: cut(mixed),
        feedForward: cut(feedForward),
        gated: cut(gated),
        gatedShifts,
      }));
      return { ...tiny, nerium: { ...tiny.nerium, activations: blocks } };
    };
    const single = await probabilities(tiny, texts, "float32");
    const right = distances(single, await probabilities(withRanges(1), texts, "int8"));
    const cut = distances(single, await probabilities(withRanges(20), texts, "int8"));
    expect(right.worst).toBeLessThan(0.05);
    expect(cut.mean).toBeGreaterThan(3 * right.mean);
  });

  it("is as near where one channel of the gated states is far wider than the others", async () => {
    const tiny = await tinyModel(["Disease", "Chemical"]);
    const texts = ["gout after zinc", "renal failure with IL-2 and mTOR"];
    const { hidden, intermediate } = tiny.config;
    const parameters = new Map(tiny.parameters);
    const scale = (name: string, isOfChannel: (place: number) => boolean, factor: number): void => {
      const weight = parameters.get(`model.layers.0.mlp.${name}.weight`)!;
      const scaled = weight.map((number, place) => (isOfChannel(place) ? number * factor : number));
      parameters.set(`model.layers.0.mlp.${name}.weight`, scaled);
    };
    scale("up_proj", (place) => Math.floor(place / hidden) === 3, 512); // the same function, exactly
    scale("down_proj", (place) => place % intermediate === 3, 1 / 512);
    const wide = { ...tiny, parameters };
    const activations = await activationRanges(wide, texts, onnxRuntime);
    expect(activations[0]!.gatedShifts[3]).toBe("9");
    const single = await probabilities(wide, texts, "float32");
    const known = { ...wide, nerium: { ...wide.nerium, activations } };
    const near = distances(single, await probabilities(known, texts, "int8"));
    const even = activations.map((block) => ({
      ...block,
      gated: [512 * block.gated[0], 512 * block.gated[1]] as const,
      gatedShifts: "0".repeat(intermediate),
    }));
    const unaware = { ...wide, nerium: { ...wide.nerium, activations: even } };
    const far = distances(single, await probabilities(unaware, texts, "int8"));
    expect(far.mean).toBeGreaterThan(1.5 * near.mean);
  });

  it("counts a channel's width in powers of two, down from the widest", () => {
    expect(shiftsOf(Float32Array.of(100, 50, 0.001, 0, 80))).toBe("98009");
    expect([...unitsOf("013")]).toEqual([1, 2, 8]);
  });

  it("has a step at 0, and room for what is seldom below it", () => {
    expect(stepsOf([-1, 3]).zero).toBe(64);
    expect(stepsOf([0.5, 2])).toEqual({ scale: Math.fround(2 / 255), zero: 0 });
    expect(stepsOf([-2, -1]).zero).toBe(255);
    expect(stepsOf([0, 0]).scale).toBeGreaterThan(0);
  });

  it("needs a label model that knows its ranges", async () => {
    const tiny = await tinyModel(["Disease"]);
    const opened = openLabelNetwork(tiny, { runtime: onnxRuntime, name: "tiny", precision: "int8" });
    expect(await failureOf(opened)).toMatchObject({ code: "MODEL_FORMAT", message: /ranges.*got none/ });
    const activations = (await activationRanges(tiny, ["gout"], onnxRuntime)).map((block) => ({
      ...block,
      gatedShifts: "00",
    }));
    const other = { ...tiny, nerium: { ...tiny.nerium, activations } };
    const narrow = openLabelNetwork(other, { runtime: onnxRuntime, name: "tiny", precision: "int8" });
    expect(await failureOf(narrow)).toMatchObject({
      code: "MODEL_FORMAT",
      message: /shifts of other widths/,
    });
  });
});

it("is said by the tagger, and once more where a model computes", async () => {
  const said: unknown[] = [];
  for (const precision of ["int8", "float32"] as const) {
    await using tagger = await openTagger({ precision, onDevice: (choice) => said.push(choice.precision) });
    expect(tagger.info).toMatchObject({ precision });
  }
  expect(said).toEqual(["int8", "float32"]);
});
