/** @file `nerium evaluate`: the table, the JSON and what is said on stderr. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EvaluationReport } from "../scores/index.ts";
import type { EvaluateOptions } from "./evaluate-options.ts";
import { runEvaluate } from "./evaluate.ts";
import { newTestEffects } from "./test-effects.ts";

const gold = `1|t|Gout and asthma.
1|a|Treated with zinc.
1\t0\t4\tGout\tSpecificDisease\tD1
1\t9\t15\tasthma\tDiseaseClass\tD2
1\t30\t34\tzinc\tChemical\tC1

2|t|Gout again.
2|a|
2\t0\t4\tGout\tSpecificDisease\tD1
`;
const predicted =
  `{"id":"1","text":"Gout and asthma. Treated with zinc.","entities":[` +
  `{"start":0,"end":4,"label":"Disease"},{"start":30,"end":34,"label":"Chemical"},{"start":5,"end":8,"label":"Chemical"}]}\n` +
  `{"id":"9","text":"Nobody asked."}\n`;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nerium-evaluate-"));
  writeFileSync(join(folder, "gold.pubtator"), gold);
  writeFileSync(join(folder, "predicted.jsonl"), predicted);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function evaluate(options: EvaluateOptions, other = "predicted.jsonl") {
  const effects = newTestEffects();
  await runEvaluate(join(folder, "gold.pubtator"), [join(folder, other)], options, effects);
  return { out: effects.stdout.text(), err: effects.stderr.text() };
}

const map = { SpecificDisease: "Disease", DiseaseClass: "Disease" };

describe("nerium evaluate", () => {
  test("prints a table of the types and both averages", async () => {
    const { out } = await evaluate({ map, intervals: false });
    expect(out).toBe(
      `type      precision  recall     F1  support\n` +
        `Chemical      50.00  100.00  66.67        1\n` +
        `Disease      100.00   33.33  50.00        3\n` +
        `micro         66.67   50.00  57.14        4\n` +
        `macro         75.00   66.67  58.33\n`,
    );
  });

  test("names on stderr what could not be compared", async () => {
    const { err } = await evaluate({ types: ["Disease", "Cell"] });
    expect(err).toBe(
      `nerium: gold documents without prediction, their mentions counted as missed (1): 2\n` +
        `nerium: predicted documents that gold lacks, not scored (1): 9\n` +
        `nerium: types of --types that occur neither in gold nor predicted (1): Cell\n` +
        `nerium: types predicted but never gold, see --map and --types (1): Disease\n`,
    );
  });

  test("prints JSON with counts", async () => {
    const { out } = await evaluate({ map, types: ["Disease"], json: true });
    expect(JSON.parse(out)).toMatchObject({
      micro: { precision: 1, support: 3, counts: { truePositives: 1, falsePositives: 0, falseNegatives: 2 } },
      documents: 2,
      missing: ["2"],
      extra: ["9"],
    });
  });

  test("scores gold against itself with 100 %", async () => {
    const { out, err } = await evaluate({ json: true, types: ["SpecificDisease"] }, "gold.pubtator");
    expect(JSON.parse(out)).toMatchObject({ micro: { f1: 1, support: 2 }, macro: { f1: 1 } });
    expect(err).toBe("");
  });

  test("refuses a gold file without documents", async () => {
    const empty = join(folder, "empty.jsonl");
    writeFileSync(empty, "");
    await expect(runEvaluate(empty, [empty], {}, newTestEffects())).rejects.toMatchObject({ code: "DATA" });
  });

  test("cannot read both from stdin", async () => {
    await expect(runEvaluate("-", ["-"], {}, newTestEffects())).rejects.toMatchObject({ code: "USAGE" });
  });
});

/** Writes files to a folder of their own and evaluates there. */
async function evaluateFiles(
  files: Readonly<Record<string, string>>,
  gold: string,
  predicted: readonly string[],
  options: EvaluateOptions = {},
) {
  const place = mkdtempSync(join(folder, "files-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(place, name)), { recursive: true });
    writeFileSync(join(place, name), content);
  }
  const inPlace = (argument: string): string =>
    argument
      .split(",")
      .map((name) => join(place, name))
      .join(",");
  const named = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : join(place, name);
  const effects = newTestEffects();
  const paths = {
    vs: named(options.vs),
    report: named(options.report),
    eval: named(options.eval),
    alternatives: named(options.alternatives),
    train: options.train?.map((name) => join(place, name)),
  };
  await runEvaluate(inPlace(gold), predicted.map(inPlace), { ...options, ...paths }, effects);
  return { out: effects.stdout.text(), err: effects.stderr.text(), place };
}

function row(id: string, ...entities: readonly (readonly [number, number, string])[]): string {
  const list = entities.map(([start, end, label]) => ({ start, end, label }));
  return `${JSON.stringify({ id, text: "Gout and asthma need zinc.", entities: list })}\n`;
}

const right = row("1", [0, 4, "Disease"], [9, 15, "Disease"]) + row("2", [0, 4, "Disease"]);
const poor = row("1", [0, 4, "Disease"], [9, 20, "Disease"]) + row("2");
const plain = { intervals: false } as const;

describe("nerium evaluate with intervals and a second system", () => {
  test("shows the interval of F1", async () => {
    const { out } = await evaluateFiles({ "g.jsonl": right, "p.jsonl": poor }, "g.jsonl", ["p.jsonl"]);
    expect(out).toMatch(/^type +precision +recall +F1 +95 % +support\n/);
    expect(out).toMatch(/micro +50.00 +33.33 +40.00 +\[0.0, 50.0\] +3\n/);
  });

  test("says in words which is better", async () => {
    const files = { "g.jsonl": right, "p.jsonl": right, "q.jsonl": poor };
    const { out } = await evaluateFiles(files, "g.jsonl", ["p.jsonl"], { vs: "q.jsonl" });
    expect(out).toContain("p minus q, strict\n");
    expect(out).toMatch(
      /p is ahead of q by 60\.0 F1 \[50\.0, 100\.0\], p = 0\.\d\d: this may be chance\.\n$/,
    );
  });

  test("prints the same with the same seed", async () => {
    const files = { "g.jsonl": right, "p.jsonl": poor };
    const once = await evaluateFiles(files, "g.jsonl", ["p.jsonl"], { seed: 7, resamples: 50 });
    const again = await evaluateFiles(files, "g.jsonl", ["p.jsonl"], { seed: 7, resamples: 50 });
    expect(again.out).toBe(once.out);
  });

  test("adds the whole report to the JSON, and writes it for people", async () => {
    const files = { "g.jsonl": right, "p.jsonl": poor };
    const options = { json: true, report: "out.html", train: ["g.jsonl"], resamples: 20 } as const;
    const { out, place } = await evaluateFiles(files, "g.jsonl", ["p.jsonl"], options);
    const { report, micro, documents } = JSON.parse(out) as {
      report: EvaluationReport;
      micro: object;
      documents: number;
    };
    expect(micro).toMatchObject({ f1: 0.4, counts: { truePositives: 1 } });
    expect(documents).toBe(2);
    expect(report).toMatchObject({
      format: "nerium-evaluation",
      systems: ["p"],
      settings: { resamples: 20 },
    });
    expect(report.corpora[0]!.results[0]!.strata[0]!.by).toBe("seen-surface");
    expect(readFileSync(join(place, "out.html"), "utf8")).toMatch(/^<!doctype html>/i);
  });

  test("refuses a text that differs", async () => {
    const files = { "g.jsonl": right, "p.jsonl": right.replace("asthma", "Asthma") };
    const failure = evaluateFiles(files, "g.jsonl", ["p.jsonl"]);
    await expect(failure).rejects.toMatchObject({
      code: "DATA",
      message: expect.stringContaining("document 1"),
    });
  });
});

function ask(convention: "iob2" | "bc2", file: string, content: string) {
  return evaluateFiles({ [file]: content }, file, [file], { convention: [convention] });
}

describe("nerium evaluate by other conventions", () => {
  const gold = "Gout\tB-D\nand\tO\n\nOld\tO\nasthma\tB-D\nattack\tI-D\n";
  const orphan = "Gout\tI-D\nand\tO\n\nOld\tO\nasthma\tB-D\nattack\tI-D\n";

  test("reads labels leniently or strictly, and pairs sentences by number", async () => {
    const options = { convention: ["conlleval", "iob2"], ...plain } as const;
    const { out, err } = await evaluateFiles({ "g.tsv": gold, "p.tsv": orphan }, "g.tsv", ["p.tsv"], options);
    expect(err).toBe("");
    expect(out).toContain("p, conlleval\n");
    expect(out.match(/micro.*/g)).toEqual([
      "micro     100.00  100.00  100.00        2",
      "micro     100.00   50.00  66.67        2",
    ]);
  });

  test("takes all that the files allow", async () => {
    const labels = await evaluateFiles({ "g.tsv": gold }, "g.tsv", ["g.tsv"], {
      convention: ["all"],
      ...plain,
    });
    expect(labels.out.match(/^g, \w+/gm)).toHaveLength(6);
    const spans = await evaluateFiles({ "g.jsonl": right }, "g.jsonl", ["g.jsonl"], {
      convention: ["all"],
      ...plain,
    });
    expect(spans.out.match(/^g, \w+/gm)).toEqual(["g, strict", "g, exact", "g, partial", "g, type"]);
  });

  test("says what a convention needs", async () => {
    await expect(ask("iob2", "g.jsonl", right)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("labels"),
    });
    await expect(ask("bc2", "g.jsonl", right)).rejects.toMatchObject({
      message: expect.stringContaining("--alternatives"),
    });
  });

  test("leaves IOB2 to files that hold nothing else", async () => {
    const other = "Gout\tS-D\nand\tO\n";
    await expect(ask("iob2", "g.tsv", other)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/g\.tsv:1 has S-D/),
    });
    const options = { convention: ["all"], ...plain } as const;
    const { out } = await evaluateFiles({ "g.tsv": other }, "g.tsv", ["g.tsv"], options);
    expect(out).toContain("g, conlleval");
    expect(out).not.toContain("g, iob2");
  });

  test("scores a BioCreative II submission with alternatives", async () => {
    const files = {
      "test.in": "S1 The HI antibodies bind\nS2 no gene\n",
      "GENE.eval": "S1|3 14|HI antibodies\n",
      "ALTGENE.eval": "S1|3 4|HI\n",
      "mine.eval": "S1|3 4|HI\nS2|0 1|no\n",
    };
    const options = {
      eval: "GENE.eval",
      alternatives: "ALTGENE.eval",
      convention: ["bc2"],
      ...plain,
    } as const;
    const { out } = await evaluateFiles(files, "test.in", ["mine.eval"], options);
    expect(out).toMatch(/micro +50.00 +100.00 +66.67 +1\n/);
  });
});

describe("nerium evaluate on several corpora", () => {
  const other = right.replaceAll(/"id":"(\d)"/g, '"id":"b$1"');
  const otherPoor = poor.replaceAll(/"id":"(\d)"/g, '"id":"b$1"');
  const matrix = /micro F1, strict\ncorpus +.*\na +100.00 +40.00\nb +40.00 +40.00\nmean +70.00 +40.00\n$/;

  test("pairs lists in order", async () => {
    const files = {
      "a.jsonl": right,
      "b.jsonl": other,
      "x.jsonl": right,
      "y.jsonl": otherPoor,
      "z.jsonl": poor,
    };
    const { out } = await evaluateFiles(
      files,
      "a.jsonl,b.jsonl",
      ["x.jsonl,y.jsonl", "z.jsonl,y.jsonl"],
      plain,
    );
    expect(out).toMatch(matrix);
    expect(out).toContain("x+y on a, strict\n");
  });

  test("pairs folders by name", async () => {
    const files = {
      "gold/a.jsonl": right,
      "gold/b.jsonl": other,
      "one/a.jsonl": right,
      "one/b.jsonl": otherPoor,
      "two/a.jsonl": poor,
      "two/b.jsonl": otherPoor,
    };
    const { out } = await evaluateFiles(files, "gold", ["one", "two"], plain);
    expect(out).toMatch(matrix);
    const failure = evaluateFiles({ ...files, "three/a.jsonl": poor }, "gold", ["three"], plain);
    await expect(failure).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining("b.…") });
  });

  test("takes one file for all, and does not call the others' documents extra", async () => {
    const files = { "a.jsonl": right, "b.jsonl": other, "p.jsonl": right + otherPoor };
    const { out, err } = await evaluateFiles(files, "a.jsonl,b.jsonl", ["p.jsonl"], plain);
    expect(out).toMatch(/\na +100.00\nb +40.00\nmean +70.00\n$/);
    expect(err).toBe("");
  });

  test("refuses lists of different lengths", async () => {
    const files = { "a.jsonl": right, "b.jsonl": other, "c.jsonl": other };
    const failure = evaluateFiles(files, "a.jsonl", ["b.jsonl,c.jsonl"], plain);
    await expect(failure).rejects.toMatchObject({ code: "USAGE" });
  });
});
