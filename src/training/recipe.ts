/** @file A recipe file and key=value overrides → a complete recipe and the origin of each value, and back to YAML. */
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { stringify } from "yaml";
import { NeriumError } from "../errors.ts";
import { builtinModels } from "../hub/builtin-models.ts";
import { isRepositoryName } from "../hub/repository.ts";
import { describeIssues } from "./recipe-problems.ts";
import type { Recipe, RecipeCorpus } from "./recipe-schema.ts";
import { recipeSchema } from "./recipe-schema.ts";
import type { KeyPath, RecipeSource } from "./recipe-source.ts";
import { readRecipeSource, recipeError } from "./recipe-source.ts";

export type { Recipe, RecipeCorpus } from "./recipe-schema.ts";

/** "default", "<file>:<line>" or "command line". */
export type Origin = string;

export interface ResolvedRecipe {
  /** Complete, with absolute paths. */
  readonly recipe: Recipe;
  /** By dotted key ("training.epochs", "data.0.path"); lists of plain values have one origin as a whole. */
  readonly origins: Readonly<Record<string, Origin>>;
}

export interface ResolveOptions {
  /** The recipe's file as the person named it: for messages and origins, and its folder for relative paths. */
  readonly file?: string | undefined;
  /** `key=value`, keys dotted, values YAML; later ones win. */
  readonly overrides?: readonly string[];
  /** Absolute; what relative paths of overrides, and of a text without a file, are relative to. */
  readonly workingDirectory?: string;
}

/** A recipe is a page of text; anything of this size is a wrong file. */
const maxRecipeBytes = 1_000_000;

/** Reads a recipe file, or with `undefined` makes a recipe of overrides and defaults alone. */
export async function loadRecipe(
  path: string | undefined,
  overrides: readonly string[],
): Promise<ResolvedRecipe> {
  const text = path === undefined ? "" : await readBounded(path);
  return resolveRecipe(text, { file: path, overrides });
}

/** Precedence: default < text < overrides. Throws one NeriumError("RECIPE") that lists all problems. */
export function resolveRecipe(text: string, options: ResolveOptions = {}): ResolvedRecipe {
  const { file, overrides = [], workingDirectory = process.cwd() } = options;
  const source = readRecipeSource(text, file, overrides);
  const checked = recipeSchema.safeParse(source.value);
  if (!checked.success) throw recipeError(file, describeIssues(checked.error.issues, source));
  const folder = file === undefined ? workingDirectory : dirname(resolve(workingDirectory, file));
  const recipe = resolvePaths(checked.data, (path) =>
    source.isOverridden(path) ? workingDirectory : folder,
  );
  return { recipe, origins: findOrigins(recipe, source, file ?? "recipe") };
}

/**
 * Makes every path of a recipe absolute: out, from, tokenizer, and path, eval and ids of each corpus. `baseOf` says what
 * the path at a key is relative to. "" stays "", and `~` is a name like any other: expanding it is the shell's work.
 */
export function resolvePaths(recipe: Recipe, baseOf: (key: KeyPath) => string): Recipe {
  const absolute = (path: string, key: KeyPath) => (path === "" ? "" : resolve(baseOf(key), path));
  const corpora = <C extends RecipeCorpus | Recipe["data"][number]>(
    list: "data" | "dev",
    all: readonly C[],
  ): C[] =>
    all.map((corpus, index) => ({
      ...corpus,
      path: absolute(corpus.path, [list, index, "path"]),
      ...(corpus.eval !== undefined && { eval: absolute(corpus.eval, [list, index, "eval"]) }),
      ...(corpus.ids !== undefined && { ids: absolute(corpus.ids, [list, index, "ids"]) }),
    }));
  return {
    ...recipe,
    out: absolute(recipe.out, ["out"]),
    from: modelPath(recipe.from, absolute(recipe.from, ["from"])),
    tokenizer: absolute(recipe.tokenizer, ["tokenizer"]),
    data: corpora("data", recipe.data),
    dev: corpora("dev", recipe.dev),
  };
}

/** A path, or the name of a repository on the hub where there is nothing at that path. */
function modelPath(from: string, path: string): string {
  return (isRepositoryName(from) || builtinModels.has(from)) && !existsSync(path) ? from : path;
}

/** YAML that resolves to the same recipe, each value's origin in a comment behind it. */
export function renderRecipe({ recipe, origins }: ResolvedRecipe): string {
  const lines = renderMap(recipe, [], origins);
  return lines
    .map(({ text, origin }) => `${origin === "" ? text : `${text.padEnd(42)} # ${origin}`}\n`)
    .join("");
}

interface RenderedLine {
  readonly text: string;
  /** Empty for the key of a map or list, which has none of its own. */
  readonly origin: Origin;
}

function renderMap(map: object, path: KeyPath, origins: ResolvedRecipe["origins"]): RenderedLine[] {
  return Object.entries(map).flatMap(([key, value]: [string, unknown]) => {
    const inner = [...path, key];
    if (!isNested(value)) {
      // A file's name may hold a line break, which would end the comment.
      const origin = (origins[inner.join(".")] ?? "default").replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "?");
      return [{ text: `${inline(key)}: ${inline(value)}`, origin }];
    }
    const lines = Array.isArray(value)
      ? value.flatMap((item: object, index) => asItem(renderMap(item, [...inner, index], origins)))
      : renderMap(value, inner, origins);
    return [{ text: `${inline(key)}:`, origin: "" }, ...indent(lines, "  ")];
  });
}

function asItem([first, ...rest]: readonly RenderedLine[]): RenderedLine[] {
  return [...indent(first === undefined ? [] : [first], "- "), ...indent(rest, "  ")];
}

function indent(lines: readonly RenderedLine[], by: string): RenderedLine[] {
  return lines.map(({ text, origin }) => ({ text: by + text, origin }));
}

function inline(value: unknown): string {
  const text = stringify(value, { collectionStyle: "flow", lineWidth: 0, blockQuote: false }).trim();
  return text.includes("\n") ? JSON.stringify(value) : text;
}

/** Whether the parts have origins of their own; plain values, lists of them, and what is empty have one as a whole. */
function isNested(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value)
    ? value.some((item) => typeof item === "object")
    : Object.keys(value).length > 0;
}

function findOrigins(recipe: Recipe, source: RecipeSource, file: string): Record<string, Origin> {
  const originOf = (path: KeyPath): Origin => {
    if (source.isOverridden(path)) return "command line";
    const place = source.keyPlace(path);
    return place === undefined ? "default" : `${file}:${place.line}`;
  };
  return Object.fromEntries(leafPaths(recipe, []).map((path) => [path.join("."), originOf(path)]));
}

function leafPaths(value: object, path: KeyPath): KeyPath[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const innerPath = [...path, Array.isArray(value) ? Number(key) : key];
    return isNested(inner) ? leafPaths(inner, innerPath) : [innerPath];
  });
}

async function readBounded(path: string): Promise<string> {
  const bytes = new Uint8Array(maxRecipeBytes + 1);
  const length = await readUpTo(path, bytes);
  if (length > maxRecipeBytes) {
    const problem = `expected a recipe of at most ${maxRecipeBytes} bytes, got more; is it the right file?`;
    throw new NeriumError("RECIPE", problem, { file: path });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length));
  } catch (cause) {
    throw new NeriumError("ENCODING", "expected a recipe in UTF-8; is it the right file?", {
      file: path,
      cause,
    });
  }
}

/** Reads rather than asks for the size first: a device or a pipe has none. */
async function readUpTo(path: string, bytes: Uint8Array): Promise<number> {
  try {
    await using handle = await open(path, "r");
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return length;
  } catch (cause) {
    throw new NeriumError("UNREADABLE", `cannot be read: ${(cause as Error).message}`, { file: path, cause });
  }
}
