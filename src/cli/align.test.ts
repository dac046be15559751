/** @file `nerium align` and `nerium instruct`: files in, rows and summaries out. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alignInput } from "./align-run.ts";
import { runInstruct } from "./instruct-run.ts";
import { newTestEffects } from "./test-effects.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nerium-align-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, ...rows: unknown[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n"));
  return path;
}

const options = { style: "nerllama", types: ["Disease"], to: "jsonl" } as const;

describe("nerium align", () => {
  it("gives one row for every input, in order, with code-point offsets and alignments", async () => {
    const source = file(
      "source.jsonl",
      { id: "b", input: "🧬 gout and asthma ." },
      { id: 7, input: "No answer" },
    );
    const answers = file(
      "answers.jsonl",
      { id: "z", answer: "x" },
      { id: "b", answer: "🧬 @@gout## and @@asthma##." },
    );
    const effects = newTestEffects();
    const summary = await alignInput(source, answers, options, effects);
    expect(
      effects.stdout
        .text()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      {
        id: "b",
        text: "🧬 gout and asthma .",
        offsets: "code-point",
        entities: [
          { start: 2, end: 6, text: "gout", label: "Disease", alignment: "cleanup" },
          { start: 11, end: 17, text: "asthma", label: "Disease", alignment: "cleanup" },
        ],
      },
      { id: "7", text: "No answer", offsets: "code-point", entities: [] },
    ]);
    expect(summary).toMatchObject({ inputs: 2, answers: 1, missing: 1, extra: 1, marks: 2, entities: 2 });
    expect(effects.stderr.text()).toMatch(/cleanup\s+2\s+100\.00\n/);
  });

  it("takes whole prompts, one file for both, and rows without ids", async () => {
    const prompt = "Some head\\nBelow are some examples:\\nBe cautious here is the Input:\nmild gout";
    const both = file("both.jsonl", { input: prompt, answer: "mild @@gouts##" });
    const effects = newTestEffects();
    await alignInput(both, undefined, { ...options, json: true }, effects);
    expect(JSON.parse(effects.stdout.text())).toMatchObject({
      id: "both:1",
      text: "mild gout",
      entities: [{ start: 5, end: 9, text: "gout", alignment: "edited", answer: "gouts" }],
    });
    expect(JSON.parse(effects.stderr.text())).toMatchObject({ marks: 1, statuses: { edited: 1 } });
  });

  it("lets several answers to one id vote", async () => {
    const source = file("one.jsonl", { id: 1, input: "gout and asthma" });
    const said = [
      "@@gout## and asthma",
      "@@gout## and @@asthma##",
      "gout and @@asthma##",
      "@@gout## and asthma",
    ];
    const answers = file("four.jsonl", ...said.map((answer) => ({ id: 1, answer })));
    const effects = newTestEffects();
    await alignInput(source, answers, { ...options, threshold: 0.6 }, effects);
    expect(JSON.parse(effects.stdout.text())).toMatchObject({ entities: [{ text: "gout", score: 0.75 }] });
  });

  it("pairs inputs that share an id with their answers in order, and refuses to guess", async () => {
    const rows = [
      { id: 1, input: "gout", answer: "@@gout##" },
      { id: 1, input: "gout and asthma", answer: null },
      { id: 1, input: "no asthma", answer: "no @@asthma##" },
    ];
    const effects = newTestEffects();
    const summary = await alignInput(file("shared.jsonl", ...rows), undefined, options, effects);
    const lines = effects.stdout.text().trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { entities: unknown[] }).entities)).toMatchObject([
      [{ start: 0, end: 4, text: "gout", alignment: "exact" }],
      [],
      [{ start: 3, end: 9, text: "asthma", alignment: "exact" }],
    ]);
    expect(summary).toMatchObject({ inputs: 3, answers: 2, missing: 1 });
    const two = file("two.jsonl", { id: 1, answer: "gout" }, { id: 1, answer: "gout" });
    await expect(alignInput(join(folder, "shared.jsonl"), two, options, newTestEffects())).rejects.toThrow(
      /shared\.jsonl: 3 inputs have the id "1": expected as many answers, got 2; give each/,
    );
  });

  it("says where a row is wrong", async () => {
    const bad = file("bad.jsonl", { id: 1, input: "x" }, "{nonsense");
    await expect(alignInput(bad, undefined, options, newTestEffects())).rejects.toThrow(
      /bad\.jsonl:2: expected one JSON object/,
    );
  });
});

describe("nerium instruct", () => {
  const corpus = () =>
    file("c.pubtator", "1|t|Gout is bad. Zinc helps.", "1|a|", "1\t0\t4\tGout\tDisease\tD1", "");

  it("writes rows, a side file and a trainer's configuration", async () => {
    const out = join(folder, "train.jsonl");
    const effects = newTestEffects();
    await runInstruct(corpus(), { style: "nerllama", shots: 1, for: "llama-factory", out }, effects);
    const rows = readFileSync(out, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { messages: { content: string }[] });
    expect(rows.map(({ messages }) => messages.at(-1)!.content)).toEqual(["@@Gout## is bad.", "Zinc helps."]);
    expect(rows[0]!.messages[1]!.content).toContain("Input:\nZinc helps.\nOutput:\nZinc helps.\n");
    const info = JSON.parse(readFileSync(join(folder, "train.info.json"), "utf8")) as {
      templateHash: string;
    };
    expect(info.templateHash).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(join(folder, "dataset_info.json"), "utf8")).toContain('"file_name": "train.jsonl"');
  });

  it("shows what is trained in green", async () => {
    const effects = { ...newTestEffects(), environment: { FORCE_COLOR: "1" } };
    await runInstruct(corpus(), { style: "bioner-llama", show: 1 }, effects);
    expect(effects.stdout.text()).toContain(
      'assistant: \u001B[32m<span class="disease">Gout</span> is bad. \u001B[39m',
    );
  });

  it("refuses options that the style does not have", async () => {
    const run = runInstruct(corpus(), { style: "vaner", shots: 3 }, newTestEffects());
    await expect(run).rejects.toThrow(/no demonstrations/);
  });
});
