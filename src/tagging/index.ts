/** @file Documents in → documents with predicted mentions out: the way to open a tagger. */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { readModelFolder } from "../models/model-folder.ts";
import { workerRuntime } from "../runtime/worker-runtime.ts";
import { openLabelTagger } from "./label-tagger.ts";
import type { Tagger } from "./types.ts";

export { openLabelTagger } from "./label-tagger.ts";
export type { LabelTaggerOptions } from "./label-tagger.ts";
export type { Tagger, TaggerInfo, TagOptions } from "./types.ts";

/** The folder of the model that comes with the package. */
export const builtinFolder = fileURLToPath(new URL("../../builtin", import.meta.url));

/** Opens a model folder, or the built-in model; the engine runs in a thread of its own. Dispose of it after use. */
export async function openTagger(modelFolder?: string): Promise<Tagger> {
  const model = await readModelFolder(modelFolder ?? builtinFolder);
  const name = modelFolder === undefined ? "built-in" : basename(modelFolder);
  return openLabelTagger(model, { runtime: workerRuntime, name });
}
