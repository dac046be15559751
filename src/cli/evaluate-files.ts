/** @file GOLD and PRED arguments (files, lists with commas, folders) → which predicted file belongs to which gold file. */
import { basename } from "node:path";
import { fileStem, formatOf } from "../corpora/index.ts";
import { NeriumError } from "../errors.ts";
import { findInputs, isFolder } from "./inputs.ts";
import { exists } from "./outputs.ts";

export interface CorpusFiles {
  readonly name: string;
  readonly gold: string;
  /** One for each system. */
  readonly predicted: readonly string[];
}

export interface EvaluationFiles {
  readonly systems: readonly string[];
  readonly corpora: readonly CorpusFiles[];
}

/** Files of one argument; `byName` if they came from a folder and are to be found by their names. */
interface FileList {
  readonly argument: string;
  readonly files: readonly string[];
  readonly byName: boolean;
}

/** One system a predicted argument. Throws USAGE where it is not clear which files belong together. */
export async function pairFiles(gold: string, predicted: readonly string[]): Promise<EvaluationFiles> {
  const golds = await filesOf(gold);
  const lists: FileList[] = [];
  for (const argument of predicted) lists.push(await filesOf(argument));
  const all = [...golds.files, ...lists.flatMap(({ files }) => files)];
  if (all.filter((file) => file === "-").length > 1) {
    const problem = "gold and predicted cannot both be stdin; name a file for all but one of them";
    throw new NeriumError("USAGE", problem);
  }
  const names = uniqueNames(golds.files.map((file) => [file]));
  return {
    systems: uniqueNames(lists.map(({ argument, files, byName }) => (byName ? [argument] : files))),
    corpora: golds.files.map((file, at) => ({
      name: names[at]!,
      gold: file,
      predicted: lists.map((list) => partner(golds, at, list)),
    })),
  };
}

async function filesOf(argument: string): Promise<FileList> {
  if (await isFolder(argument)) {
    const inputs = await findInputs(argument, { accepts: isCorpus }).catch(() => []);
    const files = inputs.map(({ path }) => path);
    // A folder without any such file may itself be one corpus (brat).
    return files.length === 0
      ? { argument, files: [argument], byName: false }
      : { argument, files, byName: true };
  }
  if (!argument.includes(",") || (await exists(argument))) {
    return { argument, files: [argument], byName: false };
  }
  const files = argument.split(",").map((file) => file.trim());
  if (!files.includes("")) return { argument, files, byName: false };
  throw new NeriumError("USAGE", `expected files with commas between, got ${JSON.stringify(argument)}`);
}

/** A file whose name says that it holds documents with mentions: plain text holds none. */
function isCorpus(path: string): boolean {
  try {
    return formatOf(path) !== "text";
  } catch {
    return false;
  }
}

/** By name from a folder, else in order; one file may hold the predictions for all gold files. */
function partner(golds: FileList, at: number, list: FileList): string {
  const { argument, files, byName } = list;
  if (byName) {
    const stem = fileStem(golds.files[at]!);
    const same = files.filter((file) => fileStem(file) === stem);
    if (same.length === 1) return same[0]!;
    const found = same.length === 0 ? "none" : same.map((file) => basename(file)).join(", ");
    throw new NeriumError("USAGE", `expected one file named ${stem}.… in this folder, got ${found}`, {
      file: argument,
    });
  }
  if (files.length === 1) return files[0]!;
  if (files.length === golds.files.length) return files[at]!;
  const problem = `expected ${golds.files.length} predicted files, one for each gold file in order, got ${files.length}: ${argument}`;
  throw new NeriumError("USAGE", problem);
}

/** Files' names without suffix, and with as many folders before them as it takes to tell them apart. */
function uniqueNames(lists: readonly (readonly string[])[]): string[] {
  const deepest = Math.max(...lists.flat().map((path) => segments(path).length));
  for (let depth = 1; depth <= deepest; depth++) {
    const names = lists.map((paths) => paths.map((path) => shortName(path, depth)).join("+"));
    if (new Set(names).size === names.length) return names;
  }
  // the same file twice
  return lists.map((paths, at) => `${paths.map((path) => shortName(path, 1)).join("+")} (${at + 1})`);
}

function shortName(path: string, depth: number): string {
  const parts = segments(path).slice(-depth);
  return [...parts.slice(0, -1), fileStem(parts.at(-1) ?? path)].join("/");
}

function segments(path: string): string[] {
  return path.split(/[/\\]/).filter((part) => part !== "");
}
