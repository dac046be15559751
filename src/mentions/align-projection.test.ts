/** @file Real answers of a tuned Llama 3.1: ours finds what a plain projection finds, and what it cannot. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { simpleProjection } from "../../test/simple-projection.ts";
import { styles, typesOf } from "../instructions/index.ts";
import { alignAnswer } from "./align-answer.ts";
import { markStatuses } from "./types.ts";

const folder = fileURLToPath(new URL("../../../shared/data/instruct/nerllama3.1/", import.meta.url));
const markup = styles.nerllama.markupOf!(typesOf("nerllama", ["Disease"]));

describe.skipIf(!existsSync(folder))("real answers (needs ../shared)", () => {
  it.each([
    ["bc2gm-gene-st", 265, 267, 462],
    ["bc5cdr-disease-mt", 286, 297, 319],
  ])("%s: all of the %i mentions of a plain projection are among our %i", (name, plain, ours, marks) => {
    const rows = readFileSync(`${folder}${name}.raw-answers.jsonl`, "utf8").trim().split("\n");
    const total = { plain: 0, ours: 0, both: 0, marks: 0, statuses: 0 };
    for (const row of rows) {
      const { input, answer } = JSON.parse(row) as { input: string; answer: string };
      const simple = simpleProjection(input, answer);
      const aligned = alignAnswer(input, answer, markup);
      const found = new Set(aligned.mentions.map(({ start, end }) => `${start}-${end}`));
      total.plain += simple.length;
      total.ours += found.size;
      total.both += simple.filter(({ start, end }) => found.has(`${start}-${end}`)).length;
      total.marks += aligned.marks;
      total.statuses += markStatuses.reduce((sum, status) => sum + aligned.counts[status], 0);
    }
    expect(total).toEqual({ plain, ours, both: plain, marks, statuses: marks });
  });
});
