/** @file The list of known corpora: names, addresses and terms are complete and well-formed. */
import { describe, expect, it } from "vitest";
import { knownCorpora } from "./index.ts";

describe("knownCorpora", () => {
  it("is in the order of names, each used once", () => {
    const names = knownCorpora.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
  });

  it.each(knownCorpora.map((corpus) => [corpus.name, corpus] as const))("%s is complete", (_, corpus) => {
    expect(corpus.homepage).toMatch(/^https?:\/\/[^ ]+$/);
    for (const text of [corpus.title, corpus.description, corpus.format, corpus.licence, corpus.citation]) {
      expect(text).not.toBe("");
    }
    expect(Object.keys(corpus.types)).not.toEqual([]);
    if (corpus.files.length === 0) expect(corpus.byHand).toMatch(/page/);
    const names = corpus.files.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, url, splits } of corpus.files) {
      expect(name).toMatch(/^\w[\w.-]+$/);
      expect(new URL(url).protocol).toMatch(/^https?:$/);
      for (const split of splits) expect(["train", "dev", "test", "all"]).toContain(split);
    }
  });
});
