/** @file Issues counted by kind, losses apart from oddities, and the sentence made of them. */
import { describe, expect, it } from "vitest";
import { countIssues, lossSummary, noteSummary } from "./loss.ts";

describe("countIssues", () => {
  it("adds up counts, keeps the first examples, and sorts losses first", () => {
    const issues = countIssues();
    for (let number = 0; number < 9; number++)
      issues.add({ kind: "line-kept", line: number, problem: "odd" });
    issues.add({ kind: "scores-dropped", count: 500, document: "1", problem: "no room" });
    issues.add({ kind: "discontinuous-mention", document: "1", problem: "widened" });
    issues.add({ kind: "discontinuous-mention", document: "2", problem: "widened" });
    issues.add({ kind: "collection-dropped", problem: "another format's own" });
    expect(issues.counts().map(({ kind, count, loss }) => [kind, count, loss])).toEqual([
      ["scores-dropped", 500, true],
      ["discontinuous-mention", 2, true],
      ["collection-dropped", 1, true],
      ["line-kept", 9, false],
    ]);
    expect(issues.counts().at(-1)!.examples).toHaveLength(5);
    expect(issues.losses()).toBe(503);
    expect(lossSummary(issues.counts())).toBe(
      "500 scores dropped, 2 discontinuous mentions widened or left out, 1 collection dropped",
    );
  });

  it("tells notes apart from losses and oddities", () => {
    const issues = countIssues();
    issues.add({ kind: "deleted-citations-noted", count: 2, problem: "remove 1 and 2" });
    issues.add({ kind: "line-kept", problem: "odd" });
    expect([issues.losses(), lossSummary(issues.counts())]).toEqual([0, ""]);
    expect(noteSummary(issues.counts())).toMatch(/^2 citations that the file deletes: remove them/);
  });

  it("has nothing to say where nothing was lost", () => {
    const issues = countIssues();
    issues.add({ kind: "line-kept", problem: "odd" });
    expect([issues.losses(), lossSummary(issues.counts())]).toEqual([0, ""]);
  });
});
