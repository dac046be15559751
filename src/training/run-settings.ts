/** @file A recipe → its settings that must stay the same for a run to go on, key by key; two of those → where they differ. */
import type { Recipe } from "./recipe.ts";

/** The values as JSON, by their keys as a person writes them: "training.learningRate". The order of keys means nothing. */
export type RunSettings = Readonly<Record<string, string>>;

/** Keys that were added later, with the value that stands for how it was before them: runs from then go on. */
const addedLater: RunSettings = { "quantize.compute": '"float32"' };

/** All that a run's losses depend on. */
export function runSettings(recipe: Recipe): RunSettings {
  const { out: _, dev: __, tagged: ___, ...rest } = recipe;
  const { checkpointMinutes: ____, evaluateEvery: _____, threads: ______, ...training } = recipe.training;
  const { cache: _______, ...quantize } = recipe.quantize;
  const settings = Object.fromEntries(leaves({ ...rest, training, quantize }, ""));
  return Object.fromEntries(Object.entries(settings).filter(([key, value]) => addedLater[key] !== value));
}

function* leaves(value: unknown, key: string): Generator<readonly [string, string]> {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) {
    yield [key, JSON.stringify(value)];
    return;
  }
  for (const [inner, part] of Object.entries(value)) {
    if (part !== undefined) yield* leaves(part, key === "" ? inner : `${key}.${inner}`);
  }
}

/** In words, for a person; empty where they are equal. */
export function settingsThatDiffer(then: RunSettings, now: RunSettings): readonly string[] {
  const keys = [...new Set([...Object.keys(then), ...Object.keys(now)])];
  const told = (settings: RunSettings, key: string): string => settings[key] ?? addedLater[key] ?? "absent";
  return keys
    .filter((key) => then[key] !== now[key])
    .map((key) => `${key} (was ${told(then, key)}, is ${told(now, key)})`);
}
