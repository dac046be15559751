/** @file `nerium tag` and `nerium tune` with engines that ask a model: a trained one in this process, and a local server. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Behaviour,
  markGout,
  sendAnswer,
  sendJson,
  sentenceIn,
  startMockServer,
} from "../../test/mock-server.ts";
import { failureOf } from "../../test/tiny-models.ts";
import { toySentences } from "../../test/toy-marking.ts";
import { openTagger } from "../tagging/index.ts";
import type { EngineCommandOptions } from "./engine-options.ts";
import { runTag } from "./tag-run.ts";
import type { TagCommandOptions } from "./tag.ts";
import { newRecordedOutput, newTestEffects } from "./test-effects.ts";
import { runTune } from "./tune-run.ts";
import type { TuneCommandOptions } from "./tune.ts";
import type { TuningReport } from "./tune-scores.ts";

const trained = fileURLToPath(new URL("../../test/fixtures/markup", import.meta.url));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nerium-engines-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

async function tag(inputs: readonly string[], options: TagCommandOptions, environment = {}) {
  const effects = { ...newTestEffects(), environment };
  const error = await failureOf(runTag(inputs, options, { ...effects, openTagger }));
  return {
    error: error as Error | undefined,
    out: effects.stdout.text(),
    err: effects.stderr.text(),
    exitCode: effects.exitCode(),
  };
}

async function tune(
  gold: string,
  options: TuneCommandOptions,
): Promise<{ report: TuningReport; table: string }> {
  const effects = newTestEffects();
  const report = await runTune([gold], options, { ...effects, openTagger });
  return { report, table: effects.stdout.text() };
}

const entities = (line: string): string[] =>
  (JSON.parse(line) as { entities: { text: string; label: string; score?: number }[] }).entities.map(
    ({ text, label, score }) => `${text}|${label}${score === undefined ? "" : "|scored"}`,
  );

const answer: Behaviour = (request, response) => sendAnswer(response, markGout(sentenceIn(request)));

describe("a model folder that was trained to mark", () => {
  // Of the language that the model knows: one mention of each type, and nothing between two sentences.
  const [known] = toySentences(200, 31).filter(
    ({ mentions }) => mentions.map(({ type }) => type).join() === "Disease,Chemical",
  );
  const marked = known!.mentions.map(
    ({ start, end, type }) => `${known!.text.slice(start, end)}|${type}|scored`,
  );

  it("is asked as it was trained, and says what that took", async () => {
    const text = file("a.txt", `${known!.text} ${known!.text}`);
    const { out, err, exitCode } = await tag([text], { model: trained, json: true });
    expect(entities(out)).toEqual([...marked, ...marked]);
    expect(err).toMatch(
      /1 sentence, 1 question, 9 passes, \d+ tokens read, \d+ s\nnerium: 1 document, 4 mentions/,
    );
    expect(exitCode).toBe(0);
  });

  it("can be asked for one type, type by type, and several times", async () => {
    const text = file("a.txt", known!.text);
    const options: TagCommandOptions[] = [
      { types: ["chemical"] },
      { types: ["Chemical"], perType: true },
      { samples: 3, seed: 1 },
    ];
    const found = [];
    for (const one of options)
      found.push(entities((await tag([text], { model: trained, json: true, ...one })).out));
    expect(found).toEqual([[marked[1]], [marked[1]], marked]);
  });

  it.each([
    ["cpu", /nerium: device: cpu \(as asked for\)\n/],
    ["auto", /nerium: device: (?:cpu\n|\w+ \()/],
  ] as const)("computes on the device %s and says so", async (device, message) => {
    const { err, out } = await tag([file("a.txt", known!.text)], { model: trained, json: true, device });
    expect(err).toMatch(message);
    expect(entities(out)).toEqual(marked);
  });

  it.each<[EngineCommandOptions, RegExp]>([
    [
      { engine: "llama.cpp", types: ["Gene"], device: "cpu" },
      /device is for models that compute in this process/,
    ],
    [{ engine: "labels" }, /trained for language.*engine labels/],
    [{ grammar: "none" }, /grammar is for the engines llama.cpp and openai/],
    [{ samples: 0 }, /samples: expected 1 or more/],
    [{ style: "list" }, /style list marks nothing/],
    [{ shots: 3 }, /give --examples/],
    [{ guidelines: true }, /no guidelines/],
  ])("refuses %o", async (options, message) => {
    const { error } = await tag([file("a.txt", "x")], { model: trained, ...options });
    expect(error).toMatchObject({ code: "USAGE" });
    expect(error!.message).toMatch(message);
  });

  it("is refused where its templates are not this version's", async () => {
    const other = join(folder, "model");
    const { cpSync } = await import("node:fs");
    cpSync(trained, other, { recursive: true });
    const nerium = readFileSync(join(other, "nerium.json"), "utf8");
    writeFileSync(join(other, "nerium.json"), nerium.replace(/[0-9a-f]{64}/, "0".repeat(64)));
    const text = file("a.txt", "with gastritis");
    expect((await tag([text], { model: other })).error).toMatchObject({ code: "MODEL_FORMAT" });
    expect((await tag([text], { model: other, style: "nerllama" })).error).toBeUndefined();
  });
});

describe("the label model", () => {
  it("refuses what only models that are asked have", async () => {
    const { error } = await tag([file("a.txt", "x")], { samples: 5 });
    expect(error!.message).toMatch(/samples is for a model that is asked by instruction/);
  });
});

describe("a server", () => {
  it("gets demonstrations from a corpus, never the sentence itself, and its key from the environment", async () => {
    await using server = await startMockServer(answer);
    const examples = file(
      "train.pubtator",
      "1|t|Mild gout. Zinc helps.\n1|a|\n1\t5\t9\tgout\tDisease\n\n2|t|Asthma is bad.\n2|a|\n2\t0\t6\tAsthma\tDisease\n\n",
    );
    const options: TagCommandOptions = {
      baseUrl: server.baseUrl,
      model: "m",
      types: ["Disease"],
      examples,
      shots: 2,
      json: true,
    };
    const { out } = await tag([file("a.txt", "Mild gout!")], options, { OPENAI_API_KEY: "k1" });
    expect(entities(out)).toEqual(["gout|Disease"]);
    const [request] = server.requests;
    expect(request!.headers.authorization).toBe("Bearer k1");
    const prompt = request!.body.messages.at(-1)!.content;
    expect(prompt).toContain("Input:\nAsthma is bad.\nOutput:\n@@Asthma## is bad.\n");
    expect(prompt).not.toContain("Mild gout.");
    const other = await tag([file("a.txt", "gout")], { ...options, apiKeyEnv: "MY_KEY" }, { MY_KEY: "k2" });
    expect(other.error).toBeUndefined();
    expect(server.requests.at(-1)!.headers.authorization).toBe("Bearer k2");
  });

  it.each<[TagCommandOptions, RegExp]>([
    [{ engine: "openai", types: ["Gene"], model: "m" }, /--base-url/],
    [{ baseUrl: "http://x/v1", types: ["Gene"] }, /name it with --model/],
    [{ baseUrl: "http://x/v1", model: "m" }, /--types/],
    [{ baseUrl: "ftp://x", model: "m", types: ["Gene"] }, /expected http/],
    [{ baseUrl: "http://x/v1", model: "m", types: ["Gene"], apiKeyEnv: "NO_SUCH" }, /no variable NO_SUCH/],
    [{ baseUrl: "http://x/v1", model: "m", types: ["Gene"], style: "vaner" }, /vaner has labels/],
  ])("must be named in full: %o", async (options, message) => {
    const { error } = await tag([file("a.txt", "x")], options);
    expect(error).toMatchObject({ code: "USAGE" });
    expect(error!.message).toMatch(message);
  });

  it("that breaks off leaves what it said; the same command goes on from there, and cleans up", async () => {
    const output = join(folder, "out");
    const inputs = ["a", "b", "c"].map((name) => file(`${name}.txt`, `Mild gout ${name}. No ${name}.`));
    let broken = true;
    await using server = await startMockServer((request, response) => {
      if (broken && request.number >= 3) return sendJson(response, 401, { error: "expired" });
      return answer(request, response);
    });
    const options: TagCommandOptions = {
      baseUrl: server.baseUrl,
      model: "m",
      types: ["Disease"],
      concurrency: 1,
      output: `${output}/`,
    };
    const first = await tag(inputs, options);
    expect(first.error).toMatchObject({ code: "SERVER" });
    expect(readdirSync(output).toSorted()).toEqual([".answers.jsonl", "a.jsonl"]);
    broken = false;
    const second = await tag(inputs, options);
    expect(second.err).toMatch(/2 inputs tagged, 1 finished before/);
    expect(readdirSync(output).toSorted()).toEqual(["a.jsonl", "b.jsonl", "c.jsonl"]);
    // Three answers came before, one request was refused, the other three sentences were asked about once.
    expect(server.requests).toHaveLength(3 + 1 + 3);
    expect(entities(readFileSync(join(output, "c.jsonl"), "utf8"))).toEqual(["gout|Disease"]);
  });

  it("shows how far it is and how long it will take", async () => {
    await using server = await startMockServer(answer);
    let time = 0;
    const stderr = newRecordedOutput({ isTTY: true, columns: 120 });
    const effects = { ...newTestEffects(), stderr, now: () => (time += 1000) };
    const options: TagCommandOptions = {
      baseUrl: server.baseUrl,
      model: "m",
      types: ["Disease"],
      output: join(folder, "o.jsonl"),
      perLine: true,
    };
    await runTag([file("a.txt", "gout\n".repeat(70))], options, { ...effects, openTagger });
    expect(stderr.text()).toMatch(/64\/70 documents \(91 %\), [\d.]+\/s, \d+ s left/);
    expect(existsSync(join(folder, ".o.jsonl.answers.jsonl"))).toBe(false);
  });
});

describe("nerium tune", () => {
  function devCorpus(count: number): string {
    const rows = toySentences(count, 77).map(({ text, mentions }, at) => {
      const entities = mentions.map(({ start, end, type }) => ({ start, end, label: type }));
      return JSON.stringify({ id: String(at), text, entities });
    });
    return file("dev.jsonl", rows.join("\n"));
  }

  it("compares the likeliest answers, samples and votes, and counts what they cost", async () => {
    const { report, table } = await tune(devCorpus(30), {
      model: trained,
      samples: 4,
      temperature: 1.5,
      seed: 3,
    });
    const names = report.rows.map(({ name }) => name);
    expect(names[0]).toBe("likeliest");
    expect(names.slice(2, 4)).toEqual(["one sample, mean", "vote of 4, half of them"]);
    const f1 = (at: number): number => report.rows[at]!.f1;
    expect(f1(0)).toBeGreaterThan(0.9);
    expect(f1(4)).toBeGreaterThanOrEqual(Math.max(f1(3), f1(2)));
    expect(report.votes!.tried.map(({ threshold }) => threshold)).toEqual([0.25, 0.5, 0.75, 1]);
    expect(report.votes!.tried.find(({ threshold }) => threshold === report.votes!.threshold)!.f1).toBe(
      f1(4),
    );
    expect(report.voteCalibration!.ece).toBeLessThan(0.3);
    expect(report.scoreCalibration!.bins.length).toBeGreaterThan(1);
    const [greedy, single, votes] = [0, 2, 3].map((at) => report.rows[at]!.cost!);
    expect(greedy!.passes).toBeGreaterThan(30);
    expect(votes!.passes).toBeCloseTo(4 * single!.passes!, 6);
    expect(table).toMatch(/vote of 4, share >= [\d.]+ .*\n/);
    expect(table).toMatch(
      /to be kept for all others: --samples 4 --vote-threshold [\d.]+; or without samples --threshold/,
    );
  });

  it("pays a server once: an interrupted run goes on", async () => {
    let broken = true;
    await using server = await startMockServer((request, response) => {
      if (broken && request.number === 8) return sendJson(response, 401, {});
      return sendAnswer(response, sentenceIn(request).replaceAll(/\S+itis/g, "@@$&##"));
    });
    const dev = devCorpus(6);
    const out = join(folder, "tuning.json");
    const options: TuneCommandOptions = {
      baseUrl: server.baseUrl,
      model: "m",
      types: ["Disease"],
      concurrency: 1,
      samples: 2,
      out,
      prices: { input: 1, cachedInput: 1, output: 1 },
    };
    await expect(tune(dev, options)).rejects.toMatchObject({ code: "SERVER" });
    broken = false;
    const { report, table } = await tune(dev, options);
    expect(server.requests).toHaveLength(6 + 12 + 1);
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(report);
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
    expect(table).toMatch(/money/);
    expect(report.scores).toBeUndefined();
  });

  it("needs gold mentions", async () => {
    await expect(tune(file("x.txt", "gout"), { model: trained })).rejects.toMatchObject({ code: "DATA" });
  });
});
