/** @file `nerium evaluate`: the table, the JSON and what is said on stderr. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EvaluateOptions } from "./evaluate.ts";
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
  await runEvaluate(join(folder, "gold.pubtator"), join(folder, other), options, effects);
  return { out: effects.stdout.text(), err: effects.stderr.text() };
}

const map = { SpecificDisease: "Disease", DiseaseClass: "Disease" };

describe("nerium evaluate", () => {
  test("prints a table of the types and both averages", async () => {
    const { out } = await evaluate({ map });
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
    await expect(runEvaluate(empty, empty, {}, newTestEffects())).rejects.toMatchObject({ code: "DATA" });
  });

  test("cannot read both from stdin", async () => {
    await expect(runEvaluate("-", "-", {}, newTestEffects())).rejects.toMatchObject({ code: "USAGE" });
  });
});
