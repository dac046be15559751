/** @file A model in memory → a short word that changes when the model does. */
import { createHash } from "node:crypto";
import type { ModelFolder } from "../models/model-folder.ts";

/** Values of each parameter that are looked at: training changes all of them, and reading all takes longer than a text. */
const looked = 512;

export function modelFingerprint({
  config,
  nerium,
  parameters,
  tokenizer,
}: Pick<ModelFolder, "config" | "nerium" | "parameters" | "tokenizer">): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([config, nerium]));
  hash.update(tokenizer);
  for (const [name, values] of [...parameters].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const step = Math.max(1, Math.floor(values.length / looked));
    const some = Float32Array.from(
      { length: Math.min(values.length, looked) },
      (_, at) => values[at * step]!,
    );
    hash.update(`${name} ${values.length}\n`);
    hash.update(new Uint8Array(some.buffer));
  }
  return hash.digest("hex").slice(0, 16);
}
