/** @file What the schema found wrong with a recipe → problems in a person's words, each with its place. */
import { z } from "zod";
import { recipeKeys } from "./recipe-schema.ts";
import type { KeyPath, RecipeProblem, RecipeSource } from "./recipe-source.ts";

type Issue = z.core.$ZodIssue;

/** More than these help nobody: the file is a wrong one. */
const mostKeys = 50;

/** In the order of the text; those of the command line first. */
export function describeIssues(issues: readonly Issue[], source: RecipeSource): RecipeProblem[] {
  const problems = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.slice(0, mostKeys).map((key) => unknownKey(keyPath(issue), key, source))
      : [wrongValue(issue, source)],
  );
  return problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function keyPath(issue: Issue): KeyPath {
  return issue.path.map((part) => (typeof part === "number" ? part : String(part)));
}

function unknownKey(parent: KeyPath, key: string, source: RecipeSource): RecipeProblem {
  const suggestion = suggestKey(parent, key);
  const hint = suggestion === undefined ? "" : `; did you mean "${suggestion}"?`;
  const path = [...parent, key];
  if (source.isOverridden(path)) return { problem: `command line: unknown key "${path.join(".")}"${hint}` };
  return { problem: `unknown key "${key}"${hint}`, ...source.keyPlace(path) };
}

function wrongValue(issue: Issue, source: RecipeSource): RecipeProblem {
  const path = keyPath(issue);
  const name = path.length === 0 ? "recipe" : path.join(".");
  const got = valueAt(source.value, path);
  const problem =
    issue.code === "custom"
      ? `${name}: ${issue.message}`
      : got === undefined
        ? `${name}: missing: expected ${expectation(issue)}`
        : `${name}: expected ${expectation(issue)}, got ${show(got)}`;
  const isSet = got !== undefined && source.isOverridden(path);
  return isSet ? { problem: `command line: ${problem}` } : { problem, ...nearestPlace(path, source) };
}

const typeNames: Readonly<Record<string, string>> = {
  number: "a number",
  int: "a whole number",
  string: "a text",
  array: "a list",
  object: "a map of keys",
  record: "a map of keys",
};

function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return typeNames[issue.expected] ?? issue.expected;
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      if (issue.origin === "string") return "a text that is not empty";
      if (issue.origin === "array")
        return `a list of at least ${issue.minimum} ${issue.minimum === 1 ? "item" : "items"}`;
      return issue.inclusive ? `at least ${issue.minimum}` : `more than ${issue.minimum}`;
    case "too_big":
      return issue.inclusive ? `at most ${issue.maximum}` : `less than ${issue.maximum}`;
    default:
      return issue.message;
  }
}

/** What is missing has no place: that of what should hold it is given. */
function nearestPlace(path: KeyPath, source: RecipeSource) {
  for (let length = path.length; length > 0; length--) {
    const place = source.valuePlace(path.slice(0, length));
    if (place !== undefined) return place;
  }
  return { line: 1 };
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((inner, part) => {
    const holds = typeof inner === "object" && inner !== null && Object.hasOwn(inner, part);
    return holds ? (inner as Record<string | number, unknown>)[part] : undefined;
  }, value);
}

function show(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map of keys";
  const text = typeof value === "string" ? JSON.stringify(value) : `${value as number | boolean}`;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** A sibling that is spelt alike, else the place where a key of that name, or one spelt alike, belongs. */
function suggestKey(parent: KeyPath, key: string): string | undefined {
  const near = nearest(key, Object.keys(shapeAt(parent)));
  if (near !== undefined) return near;
  for (const group of ["model", "window", "training", "adapter", "quantize", "instruction"]) {
    const inGroup = group === parent[0] ? undefined : nearest(key, Object.keys(shapeAt([group])));
    if (inGroup !== undefined) return `${group}.${inGroup}`;
  }
  return parent.length > 0 ? nearest(key, Object.keys(recipeKeys.shape)) : undefined;
}

/** The name that takes the fewest edits, if they are few for its length; capitals do not count. */
function nearest(key: string, names: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(key.length / 3));
  return names
    .map((name) => ({ name, distance: editDistance(name.toLowerCase(), key.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)[0]?.name;
}

function shapeAt(path: KeyPath): Record<string, z.ZodType> {
  let schema: z.ZodType | undefined = recipeKeys;
  for (const part of path) {
    const outer: z.ZodType | undefined = schema === undefined ? undefined : withoutDefault(schema);
    if (outer instanceof z.ZodArray) schema = outer.element as z.ZodType;
    else schema = outer instanceof z.ZodObject ? (outer.shape[part] as z.ZodType | undefined) : undefined;
  }
  const found = schema === undefined ? undefined : withoutDefault(schema);
  return found instanceof z.ZodObject ? found.shape : {};
}

function withoutDefault(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
    inner = inner.unwrap() as z.ZodType;
  }
  return inner;
}

/** Levenshtein (1966), one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
