/** @file Which changes of a recipe matter to a run that goes on, and how they are told. */
import { expect, it } from "vitest";
import { resolveTiny, tinyFolder, tinyRecipe } from "../../test/tiny-training.ts";
import { runSettings, settingsThatDiffer } from "./run-settings.ts";

const settingsOf = (...changes: string[]) => {
  using folder = tinyFolder();
  return runSettings(resolveTiny(folder, tinyRecipe, ...changes).recipe);
};

it("leaves out what no loss depends on", () => {
  const keys = Object.keys(settingsOf());
  expect(keys).toContain("training.learningRate");
  for (const key of ["out", "tagged", "training.threads", "training.checkpointMinutes", "quantize.cache"])
    expect(keys).not.toContain(key);
  expect(keys.filter((key) => key.startsWith("dev"))).toEqual([]);
});

it("tells each difference with both values, whatever the order of keys", () => {
  const then = { seed: "7", "data.0.repeat": "1" };
  expect(settingsThatDiffer(then, { "data.0.repeat": "1", seed: "7" })).toEqual([]);
  expect(settingsThatDiffer(then, { "data.0.repeat": "2", seed: "7" })).toEqual([
    "data.0.repeat (was 1, is 2)",
  ]);
  expect(settingsThatDiffer(then, { seed: "7" })).toEqual(["data.0.repeat (was 1, is absent)"]);
});

it("takes a run from before a key was there for one with its old way", () => {
  const before = settingsOf();
  expect(Object.keys(before)).not.toContain("quantize.compute");
  expect(settingsThatDiffer(before, { ...before, "quantize.compute": '"int8"' })).toEqual([
    'quantize.compute (was "float32", is "int8")',
  ]);
});
