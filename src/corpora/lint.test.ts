/** @file Lint's problems and counts, document by document, and on the shared corpora where they are there. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Document, Mention } from "../documents/index.ts";
import { openCorpus } from "./index.ts";
import type { LintReport } from "./lint.ts";
import { errorsLeft, newLinter } from "./lint.ts";

function lint(...documents: Document[]): LintReport {
  const linter = newLinter();
  for (const document of documents) linter.check(document);
  return linter.report();
}

function document(id: string, text: string, ...mentions: Mention[]): Document {
  return { id, passages: [{ text, kind: "abstract", mentions }] };
}

function at(start: number, end: number, more: Partial<Mention> = {}): Mention {
  return { start, end, type: "T", ...more };
}

function kinds(report: LintReport): string[] {
  return report.problems.map(({ kind }) => kind);
}

describe("newLinter", () => {
  it("finds nothing in a sound document, and counts nested mentions", () => {
    const report = lint(document("1", "renal failure here", at(0, 13), at(0, 5), at(6, 13, { type: "U" })));
    expect(report).toEqual({ documents: 1, mentions: 3, nested: 2, counts: {}, problems: [] });
  });

  it.each([
    ["repeated-mention", [at(0, 5), at(0, 5)]],
    ["repeated-mention-other-ids", [at(0, 5, { ids: ["a"] }), at(0, 5, { ids: ["b"] })]],
    ["crossing-mentions", [at(0, 8), at(6, 13)]],
    ["blank-edge", [at(0, 6)]],
    ["empty-mention", [at(3, 3)]],
    ["outside-text", [at(10, 99)]],
    ["stated-text-differs", [at(0, 5, { stated: "liver" })]],
  ])("finds %s", (kind, mentions) => {
    expect(kinds(lint(document("1", "renal failure", ...mentions)))).toEqual([kind]);
  });

  it("lets one span have two types, and parts of mentions lie between each other", () => {
    const parts = [
      { start: 0, end: 2 },
      { start: 6, end: 8 },
    ];
    const mentions = [at(0, 5), at(0, 5, { type: "U" }), at(0, 8, { fragments: parts }), at(6, 13)];
    expect(kinds(lint(document("1", "renal failure", ...mentions)))).toEqual([]);
  });

  it("finds ids used twice and says whether the text is the same", () => {
    const { problems } = lint(document("1", "a"), document("2", "a"), document("1", "a"), document("2", "b"));
    expect(problems.map(({ document: id, problem }) => [id, problem])).toEqual([
      ["1", expect.stringContaining("the same text")],
      ["2", expect.stringContaining("another text")],
    ]);
  });

  it("finds empty documents", () => {
    expect(kinds(lint({ id: "1", passages: [] }, document("2", " \n")))).toEqual([
      "empty-document",
      "empty-document",
    ]);
  });

  it("says offsets as PubTator does: in code points from the document's start", () => {
    const title = { text: "𝛼𝛽", mentions: [] };
    const abstract = { text: "𝛾 gout", kind: "abstract", mentions: [at(3, 7, { stated: "GOUT" })] };
    const { problems } = lint({ id: "1", passages: [title, abstract] });
    expect(problems).toMatchObject([
      { problem: expect.stringMatching(/^abstract 5-9:/) as unknown, passage: 1, start: 3, end: 7 },
    ]);
  });

  it("takes over the reader's issues but those on stated texts", () => {
    const linter = newLinter();
    linter.addIssue({ kind: "stated-text-kept", file: "x", problem: "stated text differs" });
    linter.addIssue({ kind: "misplaced-mention-kept", line: 3, problem: "mention across the border" });
    linter.addIssue({ kind: "unknown-line-kept", count: 2, problem: "unknown line" });
    expect(linter.report().counts).toEqual({
      "misplaced-mention-kept": { severity: "error", found: 1, repairable: 0 },
      "unknown-line-kept": { severity: "warning", found: 2, repairable: 0 },
    });
  });

  it("keeps the first problems of a kind and counts all", () => {
    const linter = newLinter({ keep: 2 });
    for (let id = 0; id < 5; id++) linter.check(document(String(id), ""));
    const report = linter.report();
    expect(report.problems).toHaveLength(2);
    expect(report.counts["empty-document"]).toMatchObject({ found: 5, severity: "warning" });
    expect(errorsLeft(report, false)).toBe(0);
  });

  it("counts what a repair leaves", () => {
    const text = "gout and asthma";
    const report = lint(
      document("1", text, at(2, 6, { stated: "gout" }), at(9, 15, { type: "U" })),
      document("2", text, at(0, 4, { stated: "none" })),
    );
    expect([errorsLeft(report, false), errorsLeft(report, true)]).toEqual([2, 1]);
  });
});

const shared = join(import.meta.dirname, "../../../shared/data/corpora");

/** What lint finds before and after its own repair. */
async function lintTwice(file: string) {
  const [first, second] = [newLinter(), newLinter()];
  const documents = openCorpus(join(shared, file), { onIssue: first.addIssue });
  for await (const document of documents) second.check(first.check(document));
  return { before: first.report(), after: second.report() };
}

// The corpora are no part of the project (shared/data/README.md): without them there is nothing to check.
describe.skipIf(!existsSync(shared))("the shared corpora", () => {
  it("ncbi-disease/train has one id twice and one mismatched mention", async () => {
    const { before, after } = await lintTwice("ncbi-disease/train.pubtator");
    expect(before.counts).toEqual({
      "stated-text-differs": { severity: "error", found: 1, repairable: 1 },
      "repeated-id": { severity: "error", found: 1, repairable: 0 },
    });
    expect(Object.keys(after.counts)).toEqual(["repeated-id"]);
  });

  it("gnormplus/train and nlm-gene/train have shifted abstracts, which can be repaired", async () => {
    const gnormplus = await lintTwice("gnormplus/train.pubtator");
    const shifts = gnormplus.before.problems.filter(({ kind }) => kind === "shifted-offsets");
    expect(shifts.map(({ document, shift, mentions }) => [document, shift, mentions])).toEqual([
      ["7520377", -1, 10],
      ["7649249", -1, 19],
      ["8248204", -1, 3],
    ]);
    expect(gnormplus.after.counts["shifted-offsets"]).toBeUndefined();
    const { before } = await lintTwice("nlm-gene/train.pubtator");
    expect(before.problems).toMatchObject([
      { kind: "stated-text-differs", document: "20105280", stated: "ERK", found: "Erk" },
      { kind: "shifted-offsets", document: "19430421", shift: 7, mentions: 10 },
    ]);
  });

  it("the BC5CDR sample has five shifted documents, which are right after the repair", async () => {
    const { before, after } = await lintTwice("bc5cdr/sample50.gold.BioC.xml");
    const shifts = before.problems.filter(({ kind }) => kind === "shifted-offsets");
    expect(shifts.map(({ document, shift, mentions }) => [document, shift, mentions])).toEqual([
      ["2224762", 5, 25],
      ["4027862", 10, 4],
      ["8649546", 5, 12],
      ["17466854", 5, 14],
      ["19803309", 5, 3],
    ]);
    expect(after.problems).toMatchObject([{ document: "11587867", stated: "opistothonus dysfunction" }]);
  });
});
