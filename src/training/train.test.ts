/** @file Whole tiny runs: the same twice, continued after any end as if there had been none, and learning what they are shown. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf } from "../../test/tiny-models.ts";
import {
  lossCurve,
  pubTatorOf,
  readEvents,
  resolveTiny,
  type TinyFolder,
  tinyDocuments,
  tinyFolder,
  tinyMaskedRecipe,
  tinyRecipe,
  trainTiny,
} from "../../test/tiny-training.ts";
import { devScores } from "../cli/dev-scores.ts";
import { NeriumError } from "../errors.ts";
import { readModelFolder } from "../models/model-folder.ts";
import { onnxRuntime } from "../runtime/onnxruntime.ts";
import { onHost } from "../runtime/types.ts";
import type { TrainingEvent } from "./events.ts";
import type { ResolvedRecipe } from "./recipe.ts";
import { train } from "./train.ts";

let folder: TinyFolder;
beforeAll(() => {
  folder = tinyFolder();
  folder.write("train.pubtator", pubTatorOf(tinyDocuments({ documents: 20, seed: 1 })));
});
afterAll(() => folder[Symbol.dispose]());

const resolve = (recipe: string, ...overrides: string[]): ResolvedRecipe =>
  resolveTiny(folder, recipe, ...overrides);
const inOut = ({ recipe }: ResolvedRecipe, ...names: string[]): string => join(recipe.out, ...names);
const logged = (resolved: ResolvedRecipe): TrainingEvent[] =>
  readEvents(readFileSync(inOut(resolved, "events.jsonl"), "utf8"));
const weightsOf = (resolved: ResolvedRecipe): Buffer =>
  readFileSync(inOut(resolved, "model", "model.safetensors"));

/** Ends a run by Ctrl-C's way once `steps` are done. */
async function interrupted(resolved: ResolvedRecipe, steps: number): Promise<TrainingEvent[]> {
  const stopping = new AbortController();
  const events: TrainingEvent[] = [];
  const run = train(resolved, {
    runtime: onnxRuntime,
    now: () => 0,
    peakBytes: () => 0,
    signal: stopping.signal,
    restart: false,
    evaluate: async () => ({ mean: 0 }),
  });
  for await (const event of run) {
    events.push(event);
    if (event.type === "step-end" && event.step === steps) stopping.abort();
  }
  return events;
}

/** The error of a run that must not begin. */
async function refusal(resolved: ResolvedRecipe): Promise<NeriumError> {
  const error = await failureOf(trainTiny(resolved));
  expect(error).toBeInstanceOf(NeriumError);
  return error as NeriumError;
}

describe("a training run", () => {
  it.each([
    ["labels", tinyRecipe],
    ["masked", tinyMaskedRecipe],
  ])("gives the same losses for the same recipe, others for other seeds (%s)", async (task, recipe) => {
    const runs: (readonly (readonly number[])[])[] = [];
    for (const [index, seed] of [0, 0, 1].entries())
      runs.push(
        lossCurve(
          await trainTiny(resolve(recipe, `seed=${seed}`, `out=same-${task}-${index}`, "training.steps=6")),
        ),
      );
    expect(runs[0]!.map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(runs[1]).toEqual(runs[0]);
    runs[0]!.forEach(([, loss], index) => expect(loss).not.toBe(runs[2]![index]![1]));
  });

  it.each([
    ["labels", tinyRecipe],
    ["masked", tinyMaskedRecipe],
  ])("goes on from interruptions as if there had been none (%s)", async (task, recipe) => {
    const whole = resolve(recipe, `out=whole-${task}`);
    const cut = resolve(recipe, `out=cut-${task}`);
    await trainTiny(whole);
    const first = await interrupted(cut, 5);
    expect(first.at(-1)).toMatchObject({ type: "checkpoint-saved", step: 5 });
    await interrupted(cut, 9);
    const last = await trainTiny(cut);
    expect(last[0]).toMatchObject({ type: "run-start", startStep: 9 });
    expect(lossCurve(logged(cut))).toEqual(lossCurve(logged(whole)));
    expect(lossCurve(logged(cut)).map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(weightsOf(cut).equals(weightsOf(whole))).toBe(true);
  });

  it("survives a log whose last lines were lost, torn or written after the checkpoint", async () => {
    const cut = resolve(tinyRecipe, "out=torn");
    await interrupted(cut, 5);
    const log = inOut(cut, "events.jsonl");
    const sixth = { ...logged(cut).find(({ type }) => type === "step-end"), step: 6, loss: -1 };
    const torn = '{"type":"evaluation-end","step":6,"scores":{"mean":0.5}'; // ends like a whole line
    writeFileSync(log, `${readFileSync(log, "utf8")}${JSON.stringify(sixth)}\n${torn}`);
    await trainTiny(cut);
    const whole = resolve(tinyRecipe, "out=untorn");
    await trainTiny(whole);
    expect(lossCurve(logged(cut))).toEqual(lossCurve(logged(whole)));
  });

  it("has nothing left to do when it is called after its end", async () => {
    const done = resolve(tinyRecipe, "out=done", "training.steps=3");
    await trainTiny(done);
    const before = logged(done);
    expect((await trainTiny(done)).map(({ type }) => type)).toEqual(["run-start", "run-end"]);
    expect(logged(done).slice(0, -1)).toEqual(before.slice(0, -1));
    expect(logged(done).at(-1)).toMatchObject({ type: "run-end", step: 3 });
  });

  it("refuses to go on with another recipe, but not with other dev corpora or threads", async () => {
    const begun = resolve(tinyRecipe, "out=changed");
    await interrupted(begun, 2);
    const changes = [
      ["seed=8", "in seed (was 7, is 8);"],
      ["training.learningRate=0.1", "training.learningRate (was"],
      ["data.0.repeat=2", "data.0.repeat (was 1, is 2)"],
    ] as const;
    for (const [change, told] of changes) {
      const { code, message, file } = await refusal(resolve(tinyRecipe, "out=changed", change));
      expect([code, file]).toEqual(["CHECKPOINT", inOut(begun, "checkpoint.safetensors")]);
      expect(message).toContain("the recipe differs");
      expect(message).toContain(told);
      expect(message).toContain("--restart");
    }
    const harmless = resolve(tinyRecipe, "out=changed", "training.checkpointMinutes=1", "tagged=[Disease]");
    expect((await interrupted(harmless, 3))[0]).toMatchObject({ type: "run-start", startStep: 2 });
  });

  it("goes on with the recipe that it wrote itself, whose keys stand in another order", async () => {
    const begun = resolve(tinyRecipe, "out=rewritten");
    await interrupted(begun, 2);
    const again = resolve(readFileSync(inOut(begun, "recipe.yaml"), "utf8"));
    expect(JSON.stringify(again.recipe)).not.toBe(JSON.stringify(begun.recipe));
    expect((await interrupted(again, 3))[0]).toMatchObject({ type: "run-start", startStep: 2 });
  });

  it("begins anew with --restart, its tokenizer and log included", async () => {
    const begun = resolve(tinyRecipe, "out=restarted");
    await interrupted(begun, 2);
    const changed = resolve(tinyRecipe, "out=restarted", "vocabularySize=290", "training.steps=3");
    const events = await trainTiny(changed, { restart: true });
    expect(events[0]).toMatchObject({ type: "run-start", startStep: 0 });
    expect(lossCurve(logged(changed)).map(([step]) => step)).toEqual([1, 2, 3]);
    expect((await readModelFolder(inOut(changed, "model"))).config.vocabularySize).toBe(290);
  });

  it.each<[string, (whole: Buffer) => Uint8Array]>([
    ["empty", () => new Uint8Array(0)],
    ["cut off", (whole) => whole.subarray(0, whole.length >> 1)],
    ["of noise", (whole) => Buffer.alloc(whole.length, 0x5a)],
  ])("names a checkpoint that is %s, and the way out", async (_, damage) => {
    const begun = resolve(tinyRecipe, "out=damaged", "training.steps=4");
    await trainTiny(begun, { restart: true });
    const checkpoint = inOut(begun, "checkpoint.safetensors");
    writeFileSync(checkpoint, damage(readFileSync(checkpoint)));
    const { code, message } = await refusal(begun);
    expect(code).toBe("CHECKPOINT");
    expect(message).toContain(checkpoint);
    expect(message).toContain("--restart");
  });

  it("saves what it was told, with the origin of every value", async () => {
    const told = resolve(tinyRecipe, "out=told", "training.steps=1");
    await trainTiny(told);
    const text = readFileSync(inOut(told, "recipe.yaml"), "utf8");
    expect(text).toMatch(/^ {2}steps: 1 +# command line$/m);
    expect(text).toMatch(/^seed: 7 +# .*tiny\.yaml:2$/m);
    expect(resolveTiny(folder, text).recipe).toEqual(told.recipe);
  });

  it("keeps the weights that were best on dev, not the last", async () => {
    const often = ["dev=[{path: train.pubtator}]", "training.evaluateEvery=0.01", "training.steps=4"];
    const best = resolve(tinyRecipe, "out=best", ...often);
    const means = [0.1, 0.7, 0.7, 0.3];
    const seen: Uint8Array[] = [];
    const events = await trainTiny(best, {
      evaluate: async ({ parameters }) => {
        seen.push(new Uint8Array(parameters.get("classifier.weight")!.slice().buffer));
        return { mean: means[seen.length - 1]! };
      },
    });
    const evaluations = events.filter((event) => event.type === "evaluation-end");
    expect(evaluations.map(({ best: isBest }) => isBest)).toEqual([true, true, false, false]);
    const kept = (await readModelFolder(inOut(best, "model"))).parameters.get("classifier.weight")!;
    const second = new Float32Array(seen[1]!.buffer);
    kept.forEach((weight, place) => expect(weight).toBeCloseTo(second[place]!, 4)); // 16-bit floats
    expect(seen[3]).not.toEqual(seen[1]);
  });

  it("changes only the heads that a corpus speaks of", async () => {
    const options = [
      "types=[Disease, Chemical]",
      "training.weightDecay=0",
      "training.average=0",
      "out=silent",
    ];
    const silent = resolve(
      tinyRecipe,
      ...options,
      "data.0.annotates=[Disease]",
      "training.steps=1",
      "training.schedule=constant",
    );
    let before: Float32Array | undefined;
    const events = await trainTiny(silent, {
      runtime: {
        name: "watched",
        async open(graph, given) {
          const session = await onnxRuntime.open(graph, given);
          return {
            run(feeds) {
              before ??= (onHost(feeds["classifier.weight"]).data as Float32Array).slice();
              return session.run(feeds);
            },
            [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
          };
        },
      },
    });
    expect(lossCurve(events)).toHaveLength(1);
    const { parameters } = await readModelFolder(inOut(silent, "model"));
    const after = parameters.get("classifier.weight")!;
    const bias = parameters.get("classifier.bias")!;
    const moved = [...after].map((weight, place) => Math.abs(weight - before![place]!) > 5e-4); // a step is 3e-3
    const width = after.length / 6;
    const rows = Array.from({ length: 6 }, (_, row) => moved.slice(row * width, (row + 1) * width));
    for (const row of rows.slice(0, 3)) expect(row).toContain(true);
    for (const row of rows.slice(3)) expect(row).not.toContain(true);
    expect([...bias.subarray(3)]).toEqual([0, 0, 0]);
    expect([...bias.subarray(0, 3)].every((weight) => weight !== 0)).toBe(true);
  });

  it("starts from another model and takes over its body", async () => {
    const base = resolve(tinyMaskedRecipe, "out=base", "training.steps=2");
    await trainTiny(base);
    const from = [
      `from=${inOut(base, "model")}`,
      "training.learningRate=1e-12",
      "training.steps=1",
      "training.average=0",
    ];
    const tuned = resolve(tinyRecipe, "out=tuned", ...from);
    await trainTiny(tuned);
    const [old, fresh] = [
      await readModelFolder(inOut(base, "model")),
      await readModelFolder(inOut(tuned, "model")),
    ];
    expect(fresh.tokenizer).toBe(old.tokenizer);
    for (const [name, data] of old.parameters) expect(fresh.parameters.get(name), name).toEqual(data);
    const long = await refusal(resolve(tinyRecipe, "out=long", ...from, "window.size=100000"));
    expect(long.message).toContain("window.size");
  });

  it("says which file is missing, and that data are too few", async () => {
    const missing = await refusal(resolve(tinyRecipe, "out=missing", "tokenizer=none.json"));
    expect([missing.code, missing.message.includes("none.json")]).toEqual(["UNREADABLE", true]);
    folder.write("empty.pubtator", "");
    const empty = await refusal(resolve(tinyRecipe, "out=empty", "data.0.path=empty.pubtator"));
    expect(empty.message).toContain("no batch");
    expect(existsSync(join(folder.path, "empty", "checkpoint.safetensors"))).toBe(false);
  });

  it("learns within a few dozen steps that words in -itis are diseases", async () => {
    folder.write("many.pubtator", pubTatorOf(tinyDocuments({ documents: 60, seed: 1 })));
    folder.write("dev.pubtator", pubTatorOf(tinyDocuments({ documents: 20, seed: 2 })));
    const options = ["data.0.path=many.pubtator", "dev=[{path: dev.pubtator, name: dev}]", "model.hidden=32"];
    const rates = ["steps=60", "batchTokens=512", "learningRate=0.01", "dropout=0", "evaluateEvery=10"];
    const learning = resolve(
      tinyRecipe,
      "out=learning",
      ...options,
      ...rates.map((rate) => `training.${rate}`),
    );
    const events = await trainTiny(learning, {
      evaluate: (model, recipe) => devScores(model, recipe, onnxRuntime),
    });
    const scores = events.flatMap((event) => (event.type === "evaluation-end" ? [event.scores] : []));
    expect(scores.at(-1)!["mean"]).toBeGreaterThan(0.9);
    expect(scores.at(-1)!["dev/Disease"]).toBe(scores.at(-1)!["mean"]);
  });
});
