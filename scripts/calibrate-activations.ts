/**
 * @file A label model and texts (.txt, one a line) → the ranges of its activations, written to its nerium.json, so that it
 * can compute in 8 bits. No labels are read.
 * Usage: tsx --conditions=@nerium/source scripts/calibrate-activations.ts MODEL COUNT TEXT…   (COUNT lines of each, spread evenly)
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readModelFolder } from "../src/models/model-folder.ts";
import { onnxRuntime } from "../src/runtime/onnxruntime.ts";
import { activationRanges } from "../src/tagging/activation-ranges.ts";

const [folder, count, ...files] = process.argv.slice(2);
if (files.length === 0) throw new Error("usage: calibrate-activations.ts MODEL COUNT TEXT…");

const texts = files.flatMap((file) => {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const step = Math.max(1, Math.floor(lines.length / Number(count)));
  return lines.filter((_, at) => at % step === 0).slice(0, Number(count));
});
const model = await readModelFolder(folder!);
const activations = await activationRanges(model, texts, onnxRuntime);
writeFileSync(join(folder!, "nerium.json"), `${JSON.stringify({ ...model.nerium, activations }, null, 2)}\n`);
console.log(`ranges of ${activations.length} blocks from ${texts.length} texts`);
