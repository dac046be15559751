/** @file A run in its thread on a device that is not there: it says so, and trains on the CPU as if asked to. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  pubTatorOf,
  resolveTiny,
  type TinyFolder,
  tinyDocuments,
  tinyFolder,
  tinyRecipe,
} from "../../test/tiny-training.ts";
import type { DeviceWish } from "../runtime/choose-device.ts";
import type { TrainingEvent } from "../training/events.ts";
import { trainInWorker } from "./training-run.ts";

let folder: TinyFolder;
const before = process.env["VK_ICD_FILENAMES"];
beforeAll(() => {
  folder = tinyFolder();
  folder.write("train.pubtator", pubTatorOf(tinyDocuments({ documents: 10, seed: 1 })));
  process.env["VK_ICD_FILENAMES"] = join(folder.path, "no-driver.json"); // read by native code
});
afterAll(() => {
  if (before === undefined) delete process.env["VK_ICD_FILENAMES"];
  else process.env["VK_ICD_FILENAMES"] = before;
  folder[Symbol.dispose]();
});

interface Run {
  readonly start: TrainingEvent;
  readonly model: Buffer;
}

let cpu: Run | undefined;

async function run(device: DeviceWish): Promise<Run> {
  const resolved = resolveTiny(folder, tinyRecipe, `out=${device}`, "training.steps=2");
  const { signal } = new AbortController();
  const events: TrainingEvent[] = [];
  for await (const event of trainInWorker(resolved, { signal, restart: false, device })) events.push(event);
  expect(events.at(-1)!.type).toBe("run-end");
  return { start: events[0]!, model: readFileSync(join(resolved.recipe.out, "model", "model.safetensors")) };
}

// Metal and D3D12 need no driver that could be taken away.
describe.runIf(process.platform === "linux")("a run on a device that does not open", () => {
  it.each(["webgpu", "cuda"] as const)("falls back to the CPU and says why: %s", async (device) => {
    cpu ??= await run("cpu");
    const { start, model } = await run(device);
    expect(cpu.start).toMatchObject({ device: { device: "cpu", reason: "as asked for" } });
    const reason = expect.stringMatching(`^${device} was asked for, but .+; see docs/devices.md$`) as string;
    expect(start).toMatchObject({ device: { device: "cpu", reason } });
    expect(model.equals(cpu.model)).toBe(true);
  });
});
