/** @file A run that trains an adapter over 4-bit weights, killed ten times at random moments: what it writes at last is what an undisturbed run writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { randomFrom } from "../../src/shared/random.ts";
import { nerium } from "../nerium-process.ts";
import {
  lossCurve,
  pubTatorOf,
  readEvents,
  resolveTiny,
  tinyDocuments,
  tinyFolder,
  tinyMaskedRecipe,
  tinyRecipe,
  trainTiny,
} from "../tiny-training.ts";

const steps = 120;
const kills = 10;

it("ends byte for byte alike after ten kills", { timeout: 600_000 }, async () => {
  using folder = tinyFolder();
  folder.write("train.pubtator", pubTatorOf(tinyDocuments({ documents: 60, seed: 1 })));
  await trainTiny(
    resolveTiny(folder, tinyMaskedRecipe, "out=base", "training.steps=2", "training.average=0"),
  );
  const options =
    "adapter: { rank: 4, alpha: 8, dropout: 0.1 }\nquantize: { storage: nf4, doubleQuantize: true }\nfrom: base/model\n";
  // A checkpoint after nearly every step, so that kills meet them being written.
  folder.write(
    "run.yaml",
    options + tinyRecipe.replace("steps: 12", `steps: ${steps}, checkpointMinutes: 1.0e-7`),
  );
  const words = ["train", "run.yaml", "--json"];
  const random = randomFrom(Date.now() % 1_000_000);
  const moments: string[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const [more, wait] = [1 + Math.floor(random() * 8), Math.floor(random() * 30)];
    moments.push(`${more} steps and ${wait} ms`);
    const { status, stderr } = await nerium([...words, "out=killed"], folder.path, (stdout) =>
      stdout.split('"type":"step-end"').length > more ? wait : false,
    );
    expect(status, `${moments.join(", ")}: ${stderr}`).toBe(null);
  }
  const [whole, resumed] = [
    await nerium([...words, "out=whole"], folder.path),
    await nerium([...words, "out=killed"], folder.path),
  ];
  expect([whole.status, resumed.status], moments.join(", ")).toEqual([0, 0]);
  const file = (...path: string[]): Buffer => readFileSync(join(folder.path, ...path));
  for (const name of ["adapter_model.safetensors", "adapter_config.json", "nerium.json", "tokenizer.json"]) {
    const same = file("killed", "model", name).equals(file("whole", "model", name));
    expect(same, `${name} after kills at ${moments.join(", ")}`).toBe(true);
  }
  const curve = (out: string) => lossCurve(readEvents(file(out, "events.jsonl").toString()));
  expect(curve("killed")).toEqual(curve("whole"));
});
