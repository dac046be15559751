/** @file A recipe's YAML text and key=value overrides → the plain value they make, and where each part of it stands. */
import { LineCounter, isAlias, isMap, isScalar, isSeq, parse, parseDocument, visit } from "yaml";
import type { Document, Node } from "yaml";
import { NeriumError } from "../errors.ts";

export type KeyPath = readonly (string | number)[];

/** Lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface RecipeSource {
  /** Not yet checked against the schema. */
  readonly value: unknown;
  /** Whether the value at this path, or a part of it, was set on the command line. */
  isOverridden(path: KeyPath): boolean;
  /** Where the key of this path stands in the text; undefined if nowhere. */
  keyPlace(path: KeyPath): Place | undefined;
  valuePlace(path: KeyPath): Place | undefined;
}

interface Override {
  readonly path: KeyPath;
  readonly value: unknown;
}

/** Deeper than any recipe, and shallow enough for the parser, which takes seconds where brackets nest by thousands. */
const deepest = 50;

/** Throws NeriumError("RECIPE") for what is no YAML, and USAGE for an override that is not key=value. */
export function readRecipeSource(
  text: string,
  file: string | undefined,
  overrides: readonly string[],
): RecipeSource {
  const lines = new LineCounter();
  const document = parseYaml(text, file, lines);
  const set = overrides.map(parseOverride);
  const value = set.reduce(applyOverride, toPlain(document, file));
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const find = (path: KeyPath, part: "key" | "value") => {
    const offset = findOffsets(document, path)?.[part];
    return offset === undefined ? undefined : placeAt(offset);
  };
  return {
    value,
    isOverridden: (path) => set.some((one) => startsWith(path, one.path) || startsWith(one.path, path)),
    keyPlace: (path) => find(path, "key"),
    valuePlace: (path) => find(path, "value"),
  };
}

function parseYaml(text: string, file: string | undefined, lineCounter: LineCounter): Document.Parsed {
  refuseDepth(text, file);
  const document = parseDocument(text, {
    lineCounter,
    stringKeys: true,
    uniqueKeys: false,
    prettyErrors: false,
  });
  const problems = [
    ...document.errors.map((error) => ({ offset: error.pos[0], problem: error.message, cause: error })),
    ...findDuplicateKeys(document),
  ].map(({ offset, problem, ...rest }) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col, problem: `not YAML: ${problem}`, ...rest };
  });
  if (problems.length > 0) throw recipeError(file, problems.slice(0, 10));
  return document;
}

/** The parser's own check takes quadratic time: a minute for a megabyte of short keys. */
function findDuplicateKeys(document: Document.Parsed): { offset: number; problem: string }[] {
  const found: { offset: number; problem: string }[] = [];
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key;
        if (keys.has(name))
          found.push({ offset: startOf(key) ?? 0, problem: `the key "${String(name)}" stands there twice` });
        keys.add(name);
      }
    },
  });
  return found;
}

function refuseDepth(text: string, file: string | undefined): void {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[{}\]]|(?:[-?]\s+){50}/g)) {
    depth += bracket === "]" || bracket === "}" ? -1 : bracket.length;
    if (depth > deepest)
      throw new NeriumError("RECIPE", `nested deeper than ${deepest} levels`, { ...where(file) });
  }
}

function toPlain(document: Document.Parsed, file: string | undefined): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (cause) {
    // Aliases that multiply beyond measure, or point nowhere.
    throw new NeriumError("RECIPE", `not YAML: ${(cause as Error).message}`, { ...where(file), cause });
  }
}

function parseOverride(text: string): Override {
  const equals = text.indexOf("=");
  const keys = text.slice(0, equals).split(".");
  if (equals < 1 || keys.includes("") || keys.includes("__proto__")) {
    throw new NeriumError("USAGE", `expected key=value, e.g. training.epochs=2, got ${JSON.stringify(text)}`);
  }
  const path = keys.map((key) => (/^\d{1,6}$/.test(key) ? Number(key) : key));
  return { path, value: parseOverrideValue(text, text.slice(equals + 1)) };
}

function parseOverrideValue(override: string, text: string): unknown {
  if (text.trim() === "") return ""; // `from=` empties a text; YAML would say null
  try {
    refuseDepth(text, undefined);
    return parse(text, { maxAliasCount: 0, logLevel: "error" }) as unknown;
  } catch (cause) {
    const problem = `command line: ${JSON.stringify(override)}: not YAML: ${(cause as Error).message.split("\n")[0]}`;
    throw new NeriumError("RECIPE", problem, { cause });
  }
}

function applyOverride(root: unknown, { path, value }: Override): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  // A number means a list item where a list stands or nothing stands; in a map it is a key like any other.
  const container = root ?? (typeof key === "number" ? [] : {});
  if (Array.isArray(container) && typeof key === "number" && key <= container.length) {
    const items = [...(container as unknown[])];
    items[key] = applyOverride(items[key], { path: rest, value });
    return items;
  }
  if (typeof container !== "object" || container === null || Array.isArray(container)) {
    throw new NeriumError(
      "RECIPE",
      `command line: ${key}: there is nothing of that name to set; expected ${describe(root)}`,
    );
  }
  const map = container as Record<string, unknown>;
  const old = Object.hasOwn(map, key) ? map[key] : undefined;
  return { ...map, [key]: applyOverride(old, { path: rest, value }) };
}

function describe(container: unknown): string {
  return Array.isArray(container)
    ? `a position from 0 to ${container.length}`
    : `no further key, the value is ${String(container)}`;
}

interface Offsets {
  readonly key: number;
  readonly value: number;
}

function findOffsets(document: Document.Parsed, path: KeyPath): Offsets | undefined {
  let node: Node | null | undefined = document.contents;
  let found: Offsets | undefined = node === null ? undefined : { key: startOf(node)!, value: startOf(node)! };
  for (const part of path) {
    const container: Node | null | undefined = isAlias(node) ? node.resolve(document) : node;
    if (isSeq(container) && typeof part === "number") {
      node = container.items[part] as Node | undefined;
      found = node && { key: startOf(node)!, value: startOf(node)! };
    } else if (isMap(container)) {
      const pair = container.items.find((item) => isScalar(item.key) && item.key.value === String(part));
      node = pair?.value as Node | null | undefined;
      const key = startOf(pair?.key);
      found = key === undefined ? undefined : { key, value: startOf(node) ?? key };
    } else return undefined;
    if (found === undefined) return undefined;
  }
  return found;
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] } | null | undefined)?.range?.[0];
}

function startsWith(path: KeyPath, beginning: KeyPath): boolean {
  return beginning.every((part, index) => String(path[index]) === String(part) && index < path.length);
}

export interface RecipeProblem {
  readonly problem: string;
  /** Absent for what was said on the command line or has no place. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly cause?: unknown;
}

/** One error for all problems, one line each; each line says its place, the first one through the error's details. */
export function recipeError(file: string | undefined, problems: readonly RecipeProblem[]): NeriumError {
  const [first, ...rest] = problems as readonly [RecipeProblem, ...RecipeProblem[]];
  const lines = rest.map(({ problem, line, column }) =>
    line === undefined
      ? problem
      : `${[file, line, column].filter((part) => part !== undefined).join(":")}: ${problem}`,
  );
  const message = [first.problem, ...lines].join("\n");
  if (first.line === undefined) return new NeriumError("RECIPE", message, { cause: first.cause });
  const place = { line: first.line, ...(first.column !== undefined && { column: first.column }) };
  return new NeriumError("RECIPE", message, { ...where(file), ...place, cause: first.cause });
}

function where(file: string | undefined): { file?: string } {
  return file === undefined ? {} : { file };
}
