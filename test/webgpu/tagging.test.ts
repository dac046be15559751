/** @file Tagging on WebGPU, in a thread of its own: the CPU's mentions and, to the third digit, its scores. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Document } from "../../src/documents/index.ts";
import { writeModelFolder } from "../../src/models/model-folder.ts";
import type { DeviceChoice } from "../../src/runtime/choose-device.ts";
import { openTagger, type TaggerOptions } from "../../src/tagging/index.ts";
import { tinyModel } from "../tiny-models.ts";
import { tinyFolder } from "../tiny-training.ts";
import { isMissing, note } from "./software-device.ts";

async function* documents(text: string): AsyncGenerator<Document> {
  yield { id: "1", passages: [{ kind: "text", text, mentions: [] }] };
}

async function mentionsBy(options: TaggerOptions, text: string) {
  await using tagger = await openTagger(options);
  for await (const { passages } of tagger.tag(documents(text))) return passages[0]!.mentions;
  return [];
}

async function expectSame(options: TaggerOptions, text: string): Promise<void> {
  const told: DeviceChoice[] = [];
  const onDevice = (choice: DeviceChoice): void => void told.push(choice);
  const expected = await mentionsBy(options, text);
  const found = await mentionsBy({ ...options, device: "webgpu", onDevice }, text);
  expect(told).toMatchObject([{ device: "webgpu" }]);
  expect(found.length).toBeGreaterThan(0);
  expect(found.map(({ score: _, ...place }) => place)).toEqual(
    expected.map(({ score: _, ...place }) => place),
  );
  found.forEach(({ score }, at) => expect(score).toBeCloseTo(expected[at]!.score!, 3));
}

describe.skipIf(isMissing)(`tagging${note}`, () => {
  it("marks what the CPU marks, by labels", async () => {
    using folder = tinyFolder();
    await writeModelFolder(folder.path, await tinyModel());
    await expectSame({ model: folder.path }, "gout and asthma in mice, treated with aspirin");
  });

  it("marks what the CPU marks, by markup", async () => {
    const model = fileURLToPath(new URL("../fixtures/markup", import.meta.url));
    await expectSame({ model }, "patient with gastritis");
  });
});
