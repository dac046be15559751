/** @file Folders of every family → transformers' scores; folders in which something is missing or does not fit. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { openLanguageModel } from "../../test/language-model.ts";
import { readFamilies, writeFormulaModel } from "../../test/model-folders.ts";
import { describeWithShared, sharedFile } from "../../test/shared-data.ts";
import { failureOf } from "../../test/tiny-models.ts";
import { NeriumError } from "../errors.ts";
import { readSafetensors, type TensorSource, writeSafetensors } from "../formats/safetensors.ts";
import { openLanguageModelFiles, readLanguageModelConfig } from "./hugging-face-model.ts";
import { openModelTokenizer } from "./hugging-face-tokenizer.ts";

const families = readFamilies();
let folder = "";
beforeEach(async () => {
  const temporary = await mkdtemp(join(tmpdir(), "nerium-model-"));
  folder = temporary;
  return () => rm(temporary, { recursive: true });
});

describe("a folder in Hugging Face's layout", () => {
  it.each(Object.entries(families))("of %s gives transformers' scores", async (_, family) => {
    await writeFormulaModel(folder, family.config);
    await using files = await openLanguageModelFiles(folder);
    await using model = await openLanguageModel(files.config.network, files.weights);
    const scores = await model.next(family.prompt);
    family.scores.forEach((score, place) => {
      expect(Math.abs(scores[8 * place]! - score)).toBeLessThan(1e-4);
    });
    expect(await model.greedy(family.prompt, family.greedy.length)).toEqual(family.greedy);
  });

  const { config } = families["llama"]!;

  async function refusal(): Promise<string> {
    const error = await failureOf(openLanguageModelFiles(folder));
    expect(error).toBeInstanceOf(NeriumError);
    return (error as Error).message;
  }

  async function editWeight(name: string, change: TensorSource | undefined): Promise<void> {
    const file = join(folder, "model.safetensors");
    const sources = new Map<string, TensorSource>((await readSafetensors(file)).tensors);
    if (change === undefined) sources.delete(name);
    else sources.set(name, change);
    await writeSafetensors(file, sources);
  }

  it("says which tensor is missing or has another shape", async () => {
    await writeFormulaModel(folder, config);
    await editWeight("model.layers.1.mlp.up_proj.weight", undefined);
    expect(await refusal()).toMatch(/tensor model.layers.1.mlp.up_proj.weight of shape \[96, 64\], got none/);
    await writeFormulaModel(folder, config);
    await editWeight("model.embed_tokens.weight", { shape: [1, 64], data: new Float32Array(64) });
    expect(await refusal()).toMatch(/shape \[320, 64\], got \[1, 64\]; vocab_size and hidden_size/);
    await writeFormulaModel(folder, config);
    await editWeight("lm_head.weight", undefined);
    expect(await refusal()).toMatch(/lm_head.weight.*set tie_word_embeddings to true/);
  });

  it("says which file is missing", async () => {
    expect(await refusal()).toMatch(/got an empty folder/);
    await writeFormulaModel(folder, config);
    await rm(join(folder, "config.json"));
    expect(await refusal()).toMatch(/expected config.json beside the weights/);
    await writeFile(join(folder, "config.json"), "{");
    expect(await refusal()).toMatch(/config.json: expected JSON/);
    await writeFile(join(folder, "config.json"), JSON.stringify(config));
    await rm(join(folder, "model.safetensors"));
    await writeFile(join(folder, "pytorch_model.bin"), "");
    expect(await refusal()).toMatch(/got PyTorch files, which can run code/);
  });

  it("can be named by its weights", async () => {
    await writeFormulaModel(folder, config);
    const { network } = await readLanguageModelConfig(join(folder, "model.safetensors"));
    expect(network.hidden).toBe(64);
    await using files = await openLanguageModelFiles(join(folder, "model.safetensors"));
    expect(files.config.network).toEqual(network);
  });

  it("that is not there is not found", async () => {
    folder = join(folder, "none");
    expect(await refusal()).toMatch(/expected a model's folder or file, got nothing there; nerium pull/);
    await writeFormulaModel(folder, config); // for the clean-up
  });
});

const stories = sharedFile("weights", "stories260K.bin");

describeWithShared("a real model of 260,000 parameters", stories, () => {
  it("tells its story in words", async () => {
    await using files = await openLanguageModelFiles(stories);
    const { tokenizer, namedTokens, addBosToken } = await openModelTokenizer(stories);
    expect({ namedTokens, addBosToken }).toMatchObject({
      namedTokens: { bos_token: "<s>" },
      addBosToken: true,
    });
    await using model = await openLanguageModel(files.config.network, files.weights);
    const { ids } = await tokenizer.encodePieces([{ special: "<s>" }, "Once upon a time, there was a"]);
    const more = await model.greedy([...ids], 36);
    expect(await tokenizer.decode([...ids.slice(1), ...more])).toContain(
      "Once upon a time, there was a little girl named Lily. She loved to play outside in the park.",
    );
  });
});
