/** @file PEFT's folders read, our folders with PEFT's keys and names, and what is refused. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fixtureLora, readAdapterFixture } from "../../test/adapter-fixtures.ts";
import { failureOf } from "../../test/tiny-models.ts";
import { readSafetensors } from "../formats/safetensors.ts";
import { NeriumError } from "../errors.ts";
import { classifierParameters } from "../models/token-classifier.ts";
import { mergedWeight } from "./merge.ts";
import { adapterShapes, readAdapter, writeAdapter } from "./peft.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nerium-peft-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const jsonOf = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;

describe("a PEFT folder", () => {
  it("written by PEFT is read: settings and every tensor", async () => {
    const { folder: fixture, config, adapter } = await readAdapterFixture("qwen2");
    const { settings, task, parameters } = await readAdapter(join(fixture, "adapter"), config);
    expect({ ...settings, targets: settings.targets.toSorted() }).toEqual({
      ...fixtureLora,
      targets: fixtureLora.targets.toSorted(),
    });
    expect(task).toBe("CAUSAL_LM");
    expect(parameters).toEqual(adapter);
  });

  it("is written with the tensors and the keys that PEFT writes", async () => {
    const { folder: fixture, config, adapter } = await readAdapterFixture("llama");
    const shapes = adapterShapes(config, fixtureLora, []);
    await writeAdapter(
      folder,
      { settings: fixtureLora, task: "CAUSAL_LM", base: "a/b", parameters: adapter },
      shapes,
    );
    const [ours, theirs] = [folder, join(fixture, "adapter")].map((one) =>
      join(one, "adapter_model.safetensors"),
    );
    const tensors = async (path: string) => (await readSafetensors(path)).tensors;
    expect(await tensors(ours!)).toEqual(await tensors(theirs!));
    const [config1, config2] = [folder, join(fixture, "adapter")].map((one) =>
      jsonOf(join(one, "adapter_config.json")),
    );
    for (const [key, value] of Object.entries(config1!)) {
      if (key === "base_model_name_or_path") expect(value).toBe("a/b");
      else if (key === "target_modules")
        expect([...(value as string[])].sort()).toEqual([...(config2![key] as string[])].sort());
      else expect({ [key]: value }).toEqual({ [key]: config2![key] });
    }
  });

  it("keeps label heads beside the adapter", async () => {
    const { config, adapter } = await readAdapterFixture("llama");
    const heads = classifierParameters(config, ["Disease"]);
    const parameters = new Map(adapter);
    for (const { name, shape } of heads)
      parameters.set(name, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5));
    const settings = { ...fixtureLora, rankStabilized: true };
    const shapes = adapterShapes(config, settings, heads);
    await writeAdapter(folder, { settings, task: "TOKEN_CLS", base: "", parameters }, shapes);
    expect(jsonOf(join(folder, "adapter_config.json"))["modules_to_save"]).toEqual(["classifier"]);
    const back = await readAdapter(folder, config, heads);
    expect(back).toMatchObject({ settings, task: "TOKEN_CLS" });
    expect(back.parameters).toEqual(parameters);
  });

  it.each<[string, object, string]>([
    ["of another method", { peft_type: "LOHA" }, "peft_type"],
    ["with decomposed weights", { use_dora: true }, "use_dora"],
    ["with ranks of their own for some layers", { rank_pattern: { "layers.0": 8 } }, "rank_pattern"],
    ["for a module that the model lacks", { target_modules: ["q_proj", "router"] }, '"router"'],
    ["of another rank than its tensors", { r: 5 }, "of shape [5, 32], got [4, 32]"],
    [
      "with tensors beyond its targets",
      { target_modules: ["q_proj"] },
      "expected tensors of q_proj only, got",
    ],
  ])("is refused %s", async (_, change, said) => {
    const { folder: fixture, config } = await readAdapterFixture("qwen2");
    cpSync(join(fixture, "adapter"), folder, { recursive: true });
    const path = join(folder, "adapter_config.json");
    writeFileSync(path, JSON.stringify({ ...jsonOf(path), ...change }));
    const error = await failureOf(readAdapter(folder, config));
    expect(error).toBeInstanceOf(NeriumError);
    expect((error as Error).message).toContain(said);
  });
});

describe("a merged matrix", () => {
  it("is W + alpha / rank · B·A", () => {
    const settings = { ...fixtureLora, rank: 2, alpha: 6 };
    const parameters = new Map([
      ["x.lora_A.weight", Float32Array.of(1, 2, 3, 4, 5, 6)], // [2, 3]
      ["x.lora_B.weight", Float32Array.of(1, 0, 0, 10)], // [2, 2]
    ]);
    const merged = mergedWeight("x.weight", new Float32Array(6).fill(100), { parameters, settings });
    expect([...merged]).toEqual([103, 106, 109, 220, 250, 280]); // 100 + 3·1·A₀, 100 + 3·10·A₁
    const other = Float32Array.of(7);
    expect(mergedWeight("y.weight", other, { parameters, settings })).toBe(other);
  });
});
