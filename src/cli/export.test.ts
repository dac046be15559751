/** @file Adapters exported as a user does it: what is written says the same as base and adapter, and the report tells. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf } from "../../test/tiny-models.ts";
import {
  pubTatorOf,
  resolveTiny,
  type TinyFolder,
  tinyDocuments,
  tinyFolder,
  tinyMaskedRecipe,
  tinyRecipe,
  trainTiny,
} from "../../test/tiny-training.ts";
import { readSafetensors } from "../formats/safetensors.ts";
import { readModelFolder } from "../models/model-folder.ts";
import { onnxRuntime } from "../runtime/onnxruntime.ts";
import { openLabelTagger } from "../tagging/label-tagger.ts";
import type { exportTargets } from "./export.ts";
import { runExport } from "./export-run.ts";
import { newTestEffects } from "./test-effects.ts";

let folder: TinyFolder;
const at = (...names: string[]): string => join(folder.path, ...names);

beforeAll(async () => {
  folder = tinyFolder();
  folder.write("train.pubtator", pubTatorOf(tinyDocuments({ documents: 20, seed: 1 })));
  await trainTiny(
    resolveTiny(folder, tinyMaskedRecipe, "out=base", "training.steps=4", "training.average=0"),
  );
  const adapter =
    "adapter={rank: 2, alpha: 8, dropout: 0, rankStabilized: true, targets: [q_proj, v_proj, down_proj]}";
  const rates = ["training.average=0", "training.learningRate=0.02"];
  await trainTiny(resolveTiny(folder, tinyRecipe, "from=base/model", "out=tuned", adapter, ...rates));
});
afterAll(() => folder[Symbol.dispose]());

interface Report {
  readonly parity: readonly {
    readonly form: string;
    readonly largest?: number;
    readonly changed?: number;
    readonly places?: number;
  }[];
}

async function exported(
  to: (typeof exportTargets)[number],
  output: string,
  type?: "f32" | "f16" | "q8_0",
): Promise<Report> {
  const effects = newTestEffects();
  await runExport(at("tuned", "model"), { to, output: at(output), type, parity: true, json: true }, effects);
  expect(effects.stderr.text()).toContain(at(output));
  return JSON.parse(effects.stdout.text()) as Report;
}

async function mentionsOf(model: Awaited<ReturnType<typeof readModelFolder>>): Promise<unknown> {
  await using tagger = await openLabelTagger(model, { runtime: onnxRuntime, name: "x", threads: 1 });
  async function* documents() {
    yield* tinyDocuments({ documents: 5, seed: 9 });
  }
  const found = [];
  for await (const { passages } of tagger.tag(documents()))
    found.push(passages.map(({ mentions }) => mentions.map(({ start, end }) => [start, end])));
  return found;
}

describe("nerium export", () => {
  it("merges base and adapter into one model that tags alike", async () => {
    const { parity } = await exported("merged", "merged", "f32");
    expect(parity[0]).toMatchObject({ form: "merged, f32, as written", changed: 0 });
    expect(parity[0]!.largest).toBeLessThan(1e-5);
    expect(parity[0]!.places).toBeGreaterThan(50);
    expect(parity[1]!.form).toContain("4 bits");
    expect(parity[1]!.largest).toBeGreaterThan(parity[0]!.largest!);
    const model = await readModelFolder(at("merged"));
    expect(model.nerium).toMatchObject({ task: "labels", types: ["Disease"] });
    expect(model.config.attention).toBe("bidirectional");
    expect(await mentionsOf(model)).not.toEqual([]);
    const base = await readModelFolder(at("base", "model"));
    const name = "model.layers.0.mlp.down_proj.weight";
    expect(model.parameters.get(name)).not.toEqual(base.parameters.get(name));
    expect(model.parameters.get("model.norm.weight")).toEqual(base.parameters.get("model.norm.weight"));
  });

  it("rounds to half precision if told to", async () => {
    const { parity } = await exported("merged", "half");
    expect(parity[0]!.form).toBe("merged, f16, as written");
    expect(parity[0]!.largest).toBeLessThan(1e-2);
    const { tensors } = await readSafetensors(at("half", "model.safetensors"));
    expect(new Set([...tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(["F16"]));
    expect(JSON.parse(readFileSync(at("half", "config.json"), "utf8"))).toMatchObject({
      torch_dtype: "float16",
      is_causal: false,
    });
  });

  it("writes the adapter alone for llama.cpp, its scale with the rank in it", async () => {
    await exported("gguf-adapter", "adapter.gguf");
    const bytes = readFileSync(at("adapter.gguf"));
    const key = "adapter.lora.alpha";
    const place = bytes.indexOf(key) + key.length; // then the type (6: float32) and the number
    expect(bytes.readUInt32LE(place)).toBe(6);
    expect(bytes.readFloatLE(place + 4)).toBeCloseTo((8 / Math.sqrt(2)) * 2, 5);
    expect(bytes.includes("blk.0.attn_q.weight.lora_a")).toBe(true);
  });

  it("refuses what cannot be", async () => {
    const run = (path: string, to: "merged" | "gguf-adapter", type?: "q8_0"): Promise<unknown> =>
      failureOf(runExport(path, { to, output: at("never"), type, parity: false }, newTestEffects()));
    expect(String(await run(at("base", "model"), "gguf-adapter"))).toContain(
      "expected the folder of an adapter",
    );
    expect(String(await run(at("tuned", "model"), "merged", "q8_0"))).toContain(
      "--type f32, f16, bf16, got q8_0",
    );
    expect(String(await run(at("nowhere"), "merged"))).toContain("nowhere");
  });
});
