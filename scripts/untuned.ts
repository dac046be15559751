/** @file A model's nerium.json → what of it still holds for other weights: nothing that was tuned or measured on its own. */
import type { NeriumFile } from "../src/models/model-folder.ts";

export function untuned(file: NeriumFile): NeriumFile {
  const { nerium, task, types, tagged, window, attention, instruction } = file;
  return {
    nerium,
    task,
    types,
    tagged,
    window,
    ...(attention !== undefined && { attention }),
    ...(instruction !== undefined && { instruction }),
  };
}
