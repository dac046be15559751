/** @file A model folder ↔ a model: Hugging Face's layout on disk, and every way in which a folder can be wrong. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { failureOf, tinyModel } from "../../test/tiny-models.ts";
import { NeriumError } from "../errors.ts";
import { readSafetensors, type TensorSource, writeSafetensors } from "../formats/safetensors.ts";
import { embeddingName } from "./llama.ts";
import { readModelFolder, writeModelFolder } from "./model-folder.ts";

const model = await tinyModel();
let folder = "";
beforeEach(async () => {
  const temporary = await mkdtemp(join(tmpdir(), "nerium-model-"));
  folder = temporary;
  await writeModelFolder(folder, model);
  return () => rm(temporary, { recursive: true });
});

const file = (name: string): string => join(folder, name);

/** Reads the folder, which must be refused with an error about this file. */
async function refusal(name: string): Promise<string> {
  const error = await failureOf(readModelFolder(folder));
  expect(error).toBeInstanceOf(NeriumError);
  expect(error).toMatchObject({ code: "MODEL_FORMAT", file: file(name) });
  expect((error as Error).message).toContain(file(name));
  return (error as Error).message;
}

async function edit(name: string, change: object): Promise<void> {
  const before = JSON.parse(readFileSync(file(name), "utf8")) as object;
  await writeFile(file(name), JSON.stringify({ ...before, ...change }));
}

/** Writes the weights anew, one of them changed or, with `undefined`, left out. */
async function editWeight(name: string, change: TensorSource | undefined): Promise<void> {
  const { tensors } = await readSafetensors(file("model.safetensors"));
  const sources = new Map<string, TensorSource>(tensors);
  if (change === undefined) sources.delete(name);
  else sources.set(name, change);
  await writeSafetensors(file("model.safetensors"), sources);
}

describe("a model folder", () => {
  it("gives back a model of single precision exactly", async () => {
    await writeModelFolder(folder, model, "F32");
    expect(await readModelFolder(folder)).toEqual(model);
  });

  it("rounds weights to half precision and leaves the rest", async () => {
    const { parameters, ...rest } = await readModelFolder(folder);
    const { parameters: exact, ...expected } = model;
    expect(rest).toEqual(expected);
    expect([...parameters.keys()]).toEqual([...exact.keys()]);
    for (const [name, data] of exact) {
      const worst = data.reduce((most, weight, place) => {
        const allowed = Math.max(Math.abs(weight) * 2 ** -11, 2 ** -25);
        return Math.max(most, Math.abs(parameters.get(name)![place]! - weight) / allowed);
      }, 0);
      expect(worst, name).toBeLessThanOrEqual(1);
    }
  });

  it("keeps causal attention and the model of another task", async () => {
    const config = { ...model.config, attention: "causal" as const };
    const nerium = { ...model.nerium, task: "masked" as const, types: [], tagged: [] };
    await writeModelFolder(folder, { ...model, config, nerium });
    const found = await readModelFolder(folder);
    expect([found.config, found.nerium]).toEqual([config, nerium]);
    expect(found.parameters.has("classifier.weight")).toBe(false);
  });

  it("has tensors with Hugging Face's names and [out, in] shapes", async () => {
    await writeModelFolder(folder, model, "F32");
    const { tensors, metadata } = await readSafetensors(file("model.safetensors"));
    const layer = "model.layers.0";
    expect(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))).toEqual({
      [embeddingName]: [260, 16],
      [`${layer}.input_layernorm.weight`]: [16],
      [`${layer}.self_attn.q_proj.weight`]: [16, 16],
      [`${layer}.self_attn.k_proj.weight`]: [8, 16],
      [`${layer}.self_attn.v_proj.weight`]: [8, 16],
      [`${layer}.self_attn.o_proj.weight`]: [16, 16],
      [`${layer}.post_attention_layernorm.weight`]: [16],
      [`${layer}.mlp.gate_proj.weight`]: [24, 16],
      [`${layer}.mlp.up_proj.weight`]: [24, 16],
      [`${layer}.mlp.down_proj.weight`]: [16, 24],
      "model.norm.weight": [16],
      "classifier.weight": [6, 16],
      "classifier.bias": [6],
    });
    expect(metadata["format"]).toBe("pt");
    expect(tensors.get("classifier.weight")!.data).toEqual(model.parameters.get("classifier.weight"));
    expect(tensors.get(embeddingName)!.data).toEqual(model.parameters.get(embeddingName));
    const config = JSON.parse(readFileSync(file("config.json"), "utf8")) as object;
    const expected = { model_type: "llama", hidden_size: 16, num_key_value_heads: 1, is_causal: false };
    expect(config).toMatchObject(expected);
  });
});

describe("a model folder is refused", () => {
  it.each(["config.json", "nerium.json", "tokenizer.json", "model.safetensors"])(
    "without %s",
    async (name) => {
      await rm(file(name));
      expect(await refusal(name)).toContain("a model folder holds");
    },
  );

  it.each(["config.json", "nerium.json"])("with a %s that is no JSON", async (name) => {
    await writeFile(file(name), '{"model_type": "lla');
    expect(await refusal(name)).toContain("expected JSON");
  });

  it.each<[string, object]>([
    ["model_type", { model_type: "bert" }],
    ["vocab_size", { vocab_size: 1e12 }],
    ["hidden_size", { hidden_size: 2 ** 40 }],
    ["num_hidden_layers", { num_hidden_layers: -1 }],
    ["num_hidden_layers", { num_hidden_layers: 1e9 }],
    ["intermediate_size", { intermediate_size: 1.5 }],
    ["max_position_embeddings", { max_position_embeddings: 1e15 }],
    ["rope_theta", { rope_theta: 0 }],
    ["hidden_size / num_attention_heads", { head_dim: 7 }],
    ["num_key_value_heads", { num_attention_heads: 2, num_key_value_heads: 4 }],
  ])("for the %s of its configuration: %j", async (key, change) => {
    await edit("config.json", change);
    expect(await refusal("config.json")).toContain(key);
  });

  it.each<[string, object]>([
    ["nerium", { nerium: 2 }],
    ["task", { task: "poetry" }],
    ["types", { types: [] }],
    ["types", { types: ["Disease", "Disease"] }],
    ["tagged", { tagged: ["Gene"] }],
    ["window.size", { window: { size: 0, overlap: 0 } }],
    ["window.overlap", { window: { size: 48, overlap: 48 } }],
    ["window.size", { window: { size: 65, overlap: 16 } }],
  ])("for the %s of its nerium.json: %j", async (key, change) => {
    await edit("nerium.json", change);
    expect(await refusal("nerium.json")).toContain(`${key}: `);
  });

  it("with a weight of another shape, though of the same size", async () => {
    const name = "model.layers.0.mlp.up_proj.weight";
    await editWeight(name, { shape: [16, 24], data: new Float32Array(16 * 24) });
    expect(await refusal("model.safetensors")).toContain(`${name} of shape [24, 16], got [16, 24]`);
  });

  it("without one of the weights", async () => {
    await editWeight("classifier.bias", undefined);
    expect(await refusal("model.safetensors")).toContain("classifier.bias of shape [6], got none");
  });

  it("with weights that are whole numbers", async () => {
    await editWeight("classifier.bias", { shape: [6], data: new Int32Array(6) });
    expect(await refusal("model.safetensors")).toContain("classifier.bias");
  });

  it("with weights that are cut off", async () => {
    const bytes = readFileSync(file("model.safetensors"));
    await writeFile(file("model.safetensors"), bytes.subarray(0, bytes.length - 10));
    await refusal("model.safetensors");
  });

  it("for sizes that its weights do not have", async () => {
    await edit("config.json", { num_hidden_layers: 1000 });
    expect(await refusal("model.safetensors")).toContain("model.layers.1.");
  });
});
