/**
 * @file The frozen matrices of an 8B-shaped model in bfloat16 → processor time until they are quantised: made anew, and read
 * from the file that an earlier run kept. `npm run bench quantized-cache 4` takes four blocks (two are the default).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freezeWeights, frozenMatrices } from "../src/adapters/frozen-weights.ts";
import { floatBytes, streamSafetensors } from "../src/formats/safetensors-write.ts";
import { openSafetensors } from "../src/formats/safetensors-source.ts";
import { languageParameters } from "../src/models/llama.ts";
import { randomWeights } from "../src/training/trial.ts";
import { interleaved, machine } from "./measure.ts";
import { configOf } from "./qlora-step.ts";

export async function benchQuantizedCache(words: readonly string[]): Promise<void> {
  const layers = Number(words[0] ?? 2);
  const config = { ...configOf(layers), vocabularySize: 1024 };
  const folder = mkdtempSync(join(tmpdir(), "nerium-bench-"));
  const model = join(folder, "model.safetensors");
  const random = randomWeights(config);
  const tensors = languageParameters(config).map(({ name, shape }) => ({
    name,
    shape,
    dtype: "BF16" as const,
    bytes: async function* () {
      yield floatBytes(await random.read(name), "BF16");
    },
  }));
  await streamSafetensors(model, tensors);
  await using source = await openSafetensors(model);
  const weights = [...frozenMatrices(config).values()].reduce((sum, [out, inner]) => sum + out * inner, 0);
  console.log(`${machine()}; ${(weights / 1e6).toFixed(0)} M weights in ${layers} blocks`);
  for (const [name, settings] of [
    ["int8", { storage: "int8", doubleQuantize: false }],
    ["nf4, scales quantised", { storage: "nf4", doubleQuantize: true }],
  ] as const) {
    const cache = { folder: join(folder, "quantized"), model, files: [model], onNote: () => {} };
    const options = { ...settings, halfEmbedding: true };
    const times = await interleaved(
      {
        anew: () => freezeWeights(source, config, options),
        kept: () => freezeWeights(source, config, { ...options, cache }),
      },
      3,
    );
    const [anew, kept] = [times.anew.processor / 1000, times.kept.processor / 1000];
    console.log(
      `${name}: ${anew.toFixed(2)} s of processor time made anew, ${kept.toFixed(2)} s read (${(anew / kept).toFixed(0)} times less)`,
    );
  }
  rmSync(folder, { recursive: true });
}
