/** @file An export's options → the files it writes, and what the forms of the model say of the same prompts. */
import { NeriumError } from "../errors.ts";
import { loraA, loraB, loraScale } from "../adapters/lora.ts";
import { mergedSource } from "../adapters/merge.ts";
import { type AdaptedModel, openAdaptedModel } from "../adapters/open-adapted.ts";
import { writeMerged } from "../adapters/write-merged.ts";
import type { FloatDType } from "../formats/safetensors-write.ts";
import type { WrittenType } from "../formats/gguf-write.ts";
import { exportGgufAdapter, type LoraMatrices } from "../models/gguf-adapter.ts";
import { exportGguf } from "../models/gguf-export.ts";
import { basename } from "node:path";
import { type Effects, write } from "./effects.ts";
import type { ExportOptions } from "./export.ts";
import { exportParity, type ParityRow } from "./export-parity.ts";
import { formatTable } from "./table.ts";

export async function runExport(
  path: string,
  options: ExportOptions,
  effects: Pick<Effects, "stdout" | "stderr">,
): Promise<void> {
  await using model = await openAdaptedModel(path, options.base);
  checkOptions(options, model);
  await writeTarget(basename(path), options, model, effects);
  if (!options.parity) return;
  const rows = await exportParity(model, options);
  await write(
    effects.stdout,
    options.json ? `${JSON.stringify({ output: options.output, parity: rows })}\n` : table(rows),
  );
}

const dtypes: Readonly<Record<string, FloatDType>> = { f32: "F32", f16: "F16", bf16: "BF16" };
const ggufTypes: Readonly<Record<string, WrittenType>> = {
  f32: "F32",
  f16: "F16",
  q8_0: "Q8_0",
  q4_0: "Q4_0",
};

function checkOptions({ to, type = "f16" }: ExportOptions, { adapter }: AdaptedModel): void {
  const allowed = Object.keys(to === "merged" ? dtypes : ggufTypes);
  if (to === "gguf-adapter" && adapter === undefined)
    throw new NeriumError("USAGE", "--to gguf-adapter: expected the folder of an adapter, got a whole model");
  if (to !== "gguf-adapter" && !allowed.includes(type))
    throw new NeriumError("USAGE", `--to ${to}: expected --type ${allowed.join(", ")}, got ${type}`);
}

async function writeTarget(
  name: string,
  { to, output, type = "f16" }: ExportOptions,
  model: AdaptedModel,
  effects: Pick<Effects, "stderr">,
): Promise<void> {
  const { config, adapter, tokenizer, weights } = model;
  const merged = adapter === undefined ? weights : mergedSource(weights, adapter);
  if (to === "merged") await writeMerged(output, model, merged, dtypes[type]!);
  else if (to === "gguf")
    await exportGguf(output, { config, weights: merged, tokenizer, type: ggufTypes[type]!, name });
  else {
    // llama.cpp divides by the rank itself, whatever the scale was.
    const alpha = loraScale(adapter!.settings) * adapter!.settings.rank;
    await exportGgufAdapter(output, config, alpha, matricesOf(model), name);
  }
  await write(effects.stderr, `written: ${output}\n`);
}

function matricesOf({ adapter }: AdaptedModel): LoraMatrices[] {
  const { parameters, settings } = adapter!;
  const suffix = loraA("");
  const modules = [...parameters.keys()]
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length));
  return modules.map((module) => ({
    name: `${module}.weight`,
    rank: settings.rank,
    a: parameters.get(loraA(module))!,
    b: parameters.get(loraB(module))!,
  }));
}

function table(rows: readonly ParityRow[]): string {
  const columns = [
    { title: "compared with base and adapter" },
    { title: "largest difference", align: "right" as const },
    { title: "choices changed", align: "right" as const },
  ];
  return formatTable(
    columns,
    rows.map(({ form, largest, changed, places, note }) =>
      note === undefined ? [form, largest!.toExponential(2), `${changed} of ${places}`] : [form, "", note],
    ),
  );
}
