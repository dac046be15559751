/** @file Documents in → documents with predicted mentions out: the way to open a tagger. */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { readModelFolder } from "../models/model-folder.ts";
import { workerRuntime } from "../runtime/worker-runtime.ts";
import { openLabelTagger } from "./label-tagger.ts";
import type { Document, Mention } from "../documents/index.ts";
import type { Tagger, TagOptions } from "./types.ts";

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

/** The mentions of one text, offsets in UTF-16 units: `text.slice(start, end)` is the mention. */
export async function tagText(
  tagger: Tagger,
  text: string,
  options?: TagOptions,
): Promise<readonly Mention[]> {
  async function* one(): AsyncGenerator<Document> {
    yield { id: "text", passages: [{ text, mentions: [] }] };
  }
  for await (const document of tagger.tag(one(), options)) return document.passages[0]!.mentions;
  throw new Error("internal: the tagger gave no document");
}
