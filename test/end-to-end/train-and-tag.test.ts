/** @file The command line as a person uses it: train a tiny model, kill it on the way, tag with it, score it, get things wrong. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, linesOf, nerium } from "../nerium-process.ts";
import {
  lossCurve,
  pubTatorOf,
  readEvents,
  type TinyFolder,
  tinyDocuments,
  tinyFolder,
  tinyRecipe,
} from "../tiny-training.ts";

/** Title and abstract with characters of two UTF-16 units before the mentions; the gold rows count code points. */
const title = "\u{1F9E0} patient had severe gastritis";
const abstract = "\u{1D6FC} and \u{1D6FD} was given for hepatitis and\tdermitis";
const codePoints = (text: string): string[] => Array.from(text);
const codePointsBefore = (text: string, word: string): number =>
  codePoints(text.slice(0, text.indexOf(word))).length;
const goldRow = (word: string): string => {
  const whole = `${title} ${abstract}`;
  const start = codePointsBefore(whole, word);
  return `77\t${start}\t${start + word.length}\t${word}\tDisease`;
};
const gold = [
  `77|t|${title}`,
  `77|a|${abstract}`,
  ...["gastritis", "hepatitis", "dermitis"].map(goldRow),
  "",
  "78|t|",
  "78|a|the patient was treated",
  "",
  "",
].join("\n");

const textLines = (text: string): string[] => linesOf(text).filter((line) => /^\d+\|[ta]\|/.test(line));

let folder: TinyFolder;
let trained: Ended;
beforeAll(async () => {
  folder = tinyFolder();
  // Characters of four bytes without a mention, so that the model has seen what is none.
  const others = Array.from(
    { length: 12 },
    (_, index) => `${900 + index}|t|\u{1F9E0} patient had severe
${900 + index}|a|\u{1D6FC} and \u{1D6FD} was given for and\tthe\n\n`,
  );
  const labelled = pubTatorOf(tinyDocuments({ documents: 60, seed: 1 }));
  folder.write("train.pubtator", labelled + others.join(""));
  folder.write("gold.pubtator", gold);
  const options = "steps: 240, batchTokens: 512, learningRate: 0.01, dropout: 0, threads: 1";
  const recipe = tinyRecipe
    .replace("hidden: 16", "hidden: 32")
    .replace(/^training: .*$/m, `training: { ${options} }`);
  folder.write("tiny.yaml", recipe);
  trained = await nerium(["train", "tiny.yaml"], folder.path);
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

const run = (...words: string[]): Promise<Ended> => nerium(words, folder.path);
const model = ["--model", "out/model"];
const read = (name: string): string => readFileSync(join(folder.path, name), "utf8");

describe("nerium, end to end", () => {
  it("trains a model and says where it is", () => {
    expect(trained).toMatchObject({ status: 0, stdout: `${join(folder.path, "out", "model")}\n` });
    expect(trained.stderr).toContain("done: 240 steps");
  });

  it("tags PubTator into PubTator: the same documents, offsets in code points, scored by evaluate", async () => {
    const tagged = await run("tag", "gold.pubtator", ...model, "--to", "pubtator");
    expect(tagged.status).toBe(0);
    expect(textLines(tagged.stdout)).toEqual(textLines(gold));
    const rows = linesOf(tagged.stdout).filter((line) => /^\d+\t/.test(line));
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const [id, start, end, surface] = row.split("\t");
      const whole = codePoints(id === "77" ? `${title} ${abstract}` : " the patient was treated");
      expect(whole.slice(Number(start), Number(end)).join("")).toBe(surface);
    }
    folder.write("tagged.pubtator", tagged.stdout);
    const scored = await run("evaluate", "gold.pubtator", "tagged.pubtator", "--json");
    expect(scored.status).toBe(0);
    const scores = JSON.parse(scored.stdout) as unknown;
    expect(scores).toMatchObject({ documents: 2, missing: [], types: { Disease: { f1: 1, support: 3 } } });
  });

  it("tags into JSON Lines what it tags into PubTator, and the other inputs where some are bad", async () => {
    folder.write("truncated.pubtator", "1|t|gout\n1|a|pain\n1\t0\t4");
    folder.write("latin1.txt", Buffer.from("na\u00EFve gastritis", "latin1"));
    folder.write("good.txt", "the patient had gastritis");
    const inputs = ["none.txt", "truncated.pubtator", "latin1.txt", "gold.pubtator", "good.txt"];
    const { status, stderr } = await run("tag", ...inputs, ...model, "--to", "jsonl", "-o", "tagged/");
    expect(status).toBe(1);
    const said = linesOf(stderr);
    for (const name of inputs.slice(0, 3)) {
      expect(said.filter((line) => line.includes(name))).toHaveLength(1);
      expect(existsSync(join(folder.path, "tagged", name.replace(/\..*$/, ".jsonl")))).toBe(false);
    }
    expect(said.at(-1)).toContain("3 failed");
    expect(said).toHaveLength(5); // the device comes first
    const [document, empty] = linesOf(read("tagged/gold.jsonl")).map(
      (line) =>
        JSON.parse(line) as { text: string; entities: { start: number; end: number; text: string }[] },
    );
    expect([document!.text, empty!.text]).toEqual([`${title} ${abstract}`, " the patient was treated"]);
    const found = document!.entities.map(({ start, end }) =>
      codePoints(document!.text).slice(start, end).join(""),
    );
    expect(found).toEqual(["gastritis", "hepatitis", "dermitis"]);
    expect(JSON.parse(read("tagged/good.jsonl"))).toMatchObject({ entities: [{ text: "gastritis" }] });
  });

  it.each<[string, number, readonly string[], string]>([
    ["an unknown recipe key", 2, ["train", "tiny.yaml", "training.epoch=2"], 'unknown key "training.epoch"'],
    ["a recipe that is not there", 1, ["train", "none.yaml"], "none.yaml"],
    [
      "a model folder that is not there",
      1,
      ["tag", "gold.pubtator", "-m", "none", "--to", "jsonl"],
      "none: there is no such folder",
    ],
    ["a changed recipe", 1, ["train", "tiny.yaml", "seed=9"], "the recipe differs"],
    ["a tokenizer that is not there", 1, ["train", "tiny.yaml", "out=x", "tokenizer=none.json"], "none.json"],
  ])("says %s in one line", async (_, status, words, problem) => {
    const ended = await run(...words);
    expect([ended.status, ended.stdout]).toEqual([status, ""]);
    expect(linesOf(ended.stderr)).toHaveLength(1);
    expect(ended.stderr).toContain(problem);
  });
});

describe("a run that is killed", () => {
  it("goes on with the same command, and ends as if nothing had happened", async () => {
    folder.write("killed.yaml", tinyRecipe.replace("steps: 12", "steps: 40, checkpointMinutes: 1.0e-7"));
    const words = ["train", "killed.yaml", "--json"];
    const whole = await run(...words, "out=whole");
    const killed = await nerium([...words, "out=killed"], folder.path, (stdout) =>
      /"type":"step-end","step":5,/.test(stdout),
    );
    expect([whole.status, killed.status]).toEqual([0, null]);
    const log = join("killed", "events.jsonl");
    folder.write(log, `${read(log)}{"type":"step-e`); // cut off in the middle of a line
    const resumed = await run(...words, "out=killed");
    expect(resumed.status).toBe(0);
    const [start] = readEvents(resumed.stdout);
    expect(start).toMatchObject({ type: "run-start" });
    expect((start as { startStep: number }).startStep).toBeGreaterThan(0);
    const curve = lossCurve(readEvents(read(log)));
    expect(curve.map(([step]) => step)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(curve).toEqual(lossCurve(readEvents(read("whole/events.jsonl"))));
    const weights = ["whole", "killed"].map((out) =>
      readFileSync(join(folder.path, out, "model", "model.safetensors")),
    );
    expect(weights[0]!.equals(weights[1]!)).toBe(true);
  });
});
