/** @file Configurations for other trainers: the keys that these read, and rows that go with them. */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { rowOf, styles, typesOf } from "../instructions/index.ts";
import { type Trainer, trainerFiles, trainers, trainerShapes } from "./instruct-trainers.ts";

const [instruction] = styles.nerllama.render(
  { text: "mild gout", mentions: [{ start: 5, end: 9, type: "Disease" }] },
  typesOf("nerllama", ["Disease"]),
  {},
);

function yamlFor(trainer: Trainer): Record<string, unknown> {
  const files = trainerFiles(trainer, "data/train.jsonl", trainerShapes[trainer][0]!);
  return parse(files.find(({ name }) => name.endsWith(".yaml"))!.text) as Record<string, unknown>;
}

describe("every trainer", () => {
  it.each(trainers)("gets the published QLoRA settings: %s", (trainer) => {
    const settings = yamlFor(trainer);
    const value = (...keys: string[]): unknown =>
      keys.map((key) => settings[key]).find((one) => one !== undefined);
    expect(value("model_name_or_path", "base_model")).toBe("meta-llama/Llama-3.1-8B-Instruct");
    expect(value("lora_r", "lora_rank")).toBe(64);
    expect(value("lora_alpha")).toBe(16);
    expect(value("lora_dropout")).toBe(0.1);
    expect(value("learning_rate")).toBe(2e-5);
    expect(value("num_train_epochs", "num_epochs")).toBe(5);
    expect(value("cutoff_len", "sequence_len", "max_length")).toBe(2048);
    expect(String(value("lora_target", "lora_target_modules"))).toBe("q_proj,k_proj,v_proj,o_proj");
  });
});

it("LLaMA-Factory finds each shape's columns", () => {
  for (const shape of trainerShapes["llama-factory"]) {
    const [info] = trainerFiles("llama-factory", "data/train.jsonl", shape);
    const { nerium } = JSON.parse(info!.text) as {
      nerium: { file_name: string; columns: Record<string, string>; tags?: Record<string, string> };
    };
    expect(nerium.file_name).toBe("train.jsonl");
    const row = rowOf(instruction!, shape) as Record<string, unknown>;
    const { system: _, ...columns } = nerium.columns;
    for (const column of Object.values(columns)) expect(row).toHaveProperty(column);
    if (nerium.tags === undefined) continue;
    const [first] = row[nerium.columns["messages"]!] as Record<string, string>[];
    expect(first![nerium.tags["role_tag"]!]).toBe(nerium.tags["system_tag"]);
    expect(first).toHaveProperty(nerium.tags["content_tag"]!);
  }
  expect(yamlFor("llama-factory")).toMatchObject({ dataset: "nerium", dataset_dir: ".", template: "llama3" });
});

it("axolotl trains the assistant's turns of a chat template", () => {
  expect(yamlFor("axolotl")["datasets"]).toEqual([
    {
      path: "train.jsonl",
      ds_type: "json",
      type: "chat_template",
      field_messages: "messages",
      roles_to_train: ["assistant"],
    },
  ]);
});

it("TRL learns completions, which stand apart from their prompts", () => {
  const settings = yamlFor("trl");
  expect(settings).toMatchObject({
    datasets: [{ path: "json", data_files: "train.jsonl" }],
    completion_only_loss: true,
  });
  expect(rowOf(instruction!, "prompt-completion")).toEqual({
    prompt: [
      { role: "system", content: instruction!.system },
      { role: "user", content: instruction!.prompt },
    ],
    completion: [{ role: "assistant", content: "mild @@gout##" }],
  });
});
