/** @file The name of a model that comes with the package → its folder. */
import { fileURLToPath } from "node:url";

const folderOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The label model, and its markup edition, which is asked by instruction. */
export const builtinModels: ReadonlyMap<string, string> = new Map([
  ["built-in", folderOf("builtin")],
  ["built-in-markup", folderOf("builtin/markup")],
]);

/** The folder of the model that is taken where none is named. */
export const builtinFolder = builtinModels.get("built-in")!;
