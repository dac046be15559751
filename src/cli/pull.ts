/** @file `nerium pull`: a model repository's name → its files in the cache. */
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "@commander-js/extra-typings";
import { hubSettings } from "../hub/settings.ts";
import { type Pulled, pullModel } from "../hub/pull.ts";
import type { DownloadEffects } from "../shared/download.ts";
import type { Effects } from "./effects.ts";
import { write } from "./effects.ts";
import { startProgress } from "./progress.ts";

export interface PullOptions {
  readonly revision?: string | undefined;
  readonly gguf?: string | undefined;
  readonly offline?: true | undefined;
  readonly json?: true | undefined;
}

const examples = `
Examples:
  nerium pull HuggingFaceTB/SmolLM2-135M
  nerium pull meta-llama/Llama-3.1-8B --revision main      # a gated model: set HF_TOKEN
  nerium pull Qwen/Qwen2.5-0.5B-Instruct-GGUF --gguf qwen2.5-0.5b-instruct-q8_0.gguf
  HF_HUB_OFFLINE=1 nerium pull HuggingFaceTB/SmolLM2-135M  # only says what is in the cache

Fetched are configuration, tokenizer, licence and safetensors, into the cache that Hugging Face's own tools use (HF_HOME,
HF_HUB_CACHE). A download that is cut off goes on where it stopped when the command is run again. HF_TOKEN, HF_ENDPOINT
and HF_HUB_OFFLINE mean what they mean elsewhere. Other commands find the model by its name.`;

export function pullCommand(effects: Effects) {
  return new Command("pull")
    .description("Download a model from the Hugging Face hub into the usual cache.")
    .argument("<repository>", "the model's name, e.g. HuggingFaceTB/SmolLM2-135M")
    .option("--revision <name>", "a branch, tag or commit (default: main)")
    .option("--gguf <file>", "this GGUF file instead of safetensors")
    .option("--offline", "fetch nothing, only say what is in the cache")
    .option("--json", "print what was fetched as JSON")
    .addHelpText("after", examples)
    .action((repository, options) => runPull(repository, options, effects));
}

/** `network` is the process's own unless a test gives another. */
export async function runPull(
  repository: string,
  { revision, gguf, offline, json }: PullOptions,
  effects: Pick<Effects, "stdout" | "stderr" | "now" | "signal" | "environment">,
  network: Pick<DownloadEffects, "fetch" | "sleep"> = { fetch, sleep },
): Promise<void> {
  const found = hubSettings(effects.environment);
  const settings = { ...found, offline: found.offline || offline === true };
  let progress: ReturnType<typeof startProgress> | undefined;
  const onProgress = (bytes: number, total: number, file: string): void => {
    // Only now the total is known, and how much was there before: the rate counts what really comes.
    progress ??= startProgress(effects, { unit: "MB", total: megabytes(total), start: megabytes(bytes) });
    progress.update(megabytes(bytes), file);
  };
  const onWait = (holder: string): void => {
    effects.stderr.write(`waiting for ${holder}, which is pulling the same model\n`);
  };
  const request = { repository, revision, gguf, onProgress, onWait };
  const pulled = await pullModel(request, settings, { ...network, signal: effects.signal }).finally(() =>
    progress?.clear(),
  );
  await write(effects.stdout, json === true ? `${JSON.stringify(pulled, undefined, 2)}\n` : summary(pulled));
}

const megabytes = (bytes: number): number => Math.floor(bytes / 1e6);

function summary({ repository, revision, commit, folder, files }: Pulled): string {
  const lines = files.map(({ path, bytes, status }) => `${status} ${path} (${bytes} bytes)\n`);
  return [...lines, `${repository} at ${revision} (commit ${commit.slice(0, 12)})\n${folder}\n`].join("");
}
