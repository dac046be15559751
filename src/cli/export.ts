/** @file `nerium export`: a model or an adapter → merged safetensors, GGUF, or a GGUF adapter, with a report of parity. */
import { Command, Option } from "@commander-js/extra-typings";
import type { Effects } from "./effects.ts";

export const exportTargets = ["merged", "gguf", "gguf-adapter"] as const;
export const exportTypes = ["f32", "f16", "bf16", "q8_0", "q4_0"] as const;

export interface ExportOptions {
  readonly to: (typeof exportTargets)[number];
  readonly output: string;
  readonly type?: (typeof exportTypes)[number] | undefined;
  readonly base?: string | undefined;
  readonly prompt?: readonly string[] | undefined;
  readonly parity: boolean;
  readonly json?: true | undefined;
}

const examples = `
Examples:
  nerium export out/my-adapter/model --to merged -o merged/              # base and adapter as one model
  nerium export out/my-adapter/model --to gguf --type q8_0 -o model.gguf # the same for llama.cpp and Ollama
  nerium export out/my-adapter/model --to gguf-adapter -o adapter.gguf   # the adapter alone, for the base as GGUF

Afterwards some prompts go through the base with its adapter, through what was written, and through the base in 4 bits
with its adapter; the report says how far their scores are apart and how many choices change. --no-parity leaves it out.`;

export function exportCommand(effects: Effects) {
  return new Command("export")
    .description("Write a model or an adapter for other tools, and check that it still says the same.")
    .argument("<model>", "folder of an adapter or a model, or the name of one that was pulled")
    .addOption(new Option("--to <target>", "what to write").choices(exportTargets).makeOptionMandatory())
    .requiredOption("-o, --output <path>", "folder (merged) or file (gguf) to write")
    .addOption(new Option("--type <type>", "numbers of the matrices (default: f16)").choices(exportTypes))
    .option("--base <model>", "the adapter's base model, where its file names none or another")
    .option("--prompt <text...>", "texts for the report (default: three sentences)")
    .option("--no-parity", "write only")
    .option("--json", "print the report as JSON")
    .addHelpText("after", examples)
    .action(async (model, options) => {
      const { runExport } = await import("./export-run.ts");
      await runExport(model, options, effects);
    });
}
