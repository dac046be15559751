/** @file A file of rows → the configuration with which another tool trains on it. */
import { basename } from "node:path";
import type { RowShape } from "../instructions/index.ts";

export const trainers = ["llama-factory", "axolotl", "trl"] as const;
export type Trainer = (typeof trainers)[number];

export interface TrainerFile {
  readonly name: string;
  readonly text: string;
}

/** The shapes that a trainer reads as they are meant; the first is the usual one. axolotl's alpaca has a prompt of its own. */
export const trainerShapes: Readonly<Record<Trainer, readonly RowShape[]>> = {
  "llama-factory": ["messages", "alpaca", "sharegpt"],
  axolotl: ["messages"],
  trl: ["prompt-completion"],
};

/**
 * QLoRA as NERLlama3.1 published it (NF4 with double quantisation, r 64, alpha 16, q k v o, 2e-5, 5 epochs), but with loss
 * on the answers only. Keys were checked with LLaMA-Factory 0.9.5, axolotl 0.19.0 and TRL 1.16.0.
 */
export function trainerFiles(trainer: Trainer | undefined, rowsFile: string, shape: RowShape): TrainerFile[] {
  const file = basename(rowsFile);
  if (trainer === undefined) return [];
  if (trainer === "axolotl") return [{ name: "axolotl.yaml", text: axolotl(file) }];
  if (trainer === "trl") return [{ name: "trl.yaml", text: trl(file) }];
  return [
    { name: "dataset_info.json", text: `${JSON.stringify(datasetInfo(file, shape), undefined, 2)}\n` },
    { name: "llama-factory.yaml", text: llamaFactory() },
  ];
}

/** Keys: field report E2. LLaMA-Factory's own names for messages are ShareGPT's with other tags. */
function datasetInfo(file: string, shape: RowShape): object {
  if (shape === "alpaca") {
    const columns = { prompt: "instruction", query: "input", response: "output", system: "system" };
    return { nerium: { file_name: file, columns } };
  }
  if (shape === "sharegpt") {
    const columns = { messages: "conversations", system: "system" };
    return { nerium: { file_name: file, formatting: "sharegpt", columns } };
  }
  const tags = {
    role_tag: "role",
    content_tag: "content",
    user_tag: "user",
    assistant_tag: "assistant",
    system_tag: "system",
  };
  return { nerium: { file_name: file, formatting: "sharegpt", columns: { messages: "messages" }, tags } };
}

function llamaFactory(): string {
  return `model_name_or_path: meta-llama/Llama-3.1-8B-Instruct
quantization_bit: 4
quantization_method: bnb
double_quantization: true
stage: sft
do_train: true
finetuning_type: lora
lora_rank: 64
lora_alpha: 16
lora_dropout: 0.1
lora_target: q_proj,k_proj,v_proj,o_proj
dataset_dir: .
dataset: nerium
template: llama3
cutoff_len: 2048
output_dir: adapter
per_device_train_batch_size: 1
gradient_accumulation_steps: 1
learning_rate: 2.0e-5
num_train_epochs: 5.0
lr_scheduler_type: cosine
bf16: true
logging_steps: 10
save_steps: 500
`;
}

function axolotl(file: string): string {
  return `base_model: meta-llama/Llama-3.1-8B-Instruct
load_in_4bit: true
adapter: qlora
datasets:
  - path: ${JSON.stringify(file)}
    ds_type: json
    type: chat_template
    field_messages: messages
    roles_to_train: [assistant]
output_dir: adapter
sequence_len: 2048
sample_packing: true
lora_r: 64
lora_alpha: 16
lora_dropout: 0.1
lora_target_modules: [q_proj, k_proj, v_proj, o_proj]
micro_batch_size: 1
gradient_accumulation_steps: 1
num_epochs: 5
optimizer: adamw_torch
lr_scheduler: cosine
learning_rate: 0.00002
bf16: auto
gradient_checkpointing: true
train_on_inputs: false
`;
}

function trl(file: string): string {
  return `model_name_or_path: meta-llama/Llama-3.1-8B-Instruct
dtype: bfloat16
datasets:
  - path: json
    data_files: ${JSON.stringify(file)}
completion_only_loss: true
max_length: 2048
packing: true
use_peft: true
load_in_4bit: true
use_bnb_nested_quant: true
lora_r: 64
lora_alpha: 16
lora_dropout: 0.1
lora_target_modules: [q_proj, k_proj, v_proj, o_proj]
per_device_train_batch_size: 1
gradient_accumulation_steps: 1
num_train_epochs: 5
learning_rate: 2.0e-5
lr_scheduler_type: cosine
bf16: true
gradient_checkpointing: true
output_dir: adapter
`;
}
