/** @file BioCreative II's answers find their sentences in whatever order both stand, and nothing is lost on the way. */
import { describe, expect, it } from "vitest";
import type { CorpusIssue } from "../issues.ts";
import { collect, streamOf } from "../streams.ts";
import { newTextStore } from "../text-store.ts";
import { readAnswers } from "./bc2-answers.ts";
import { countedCharacters } from "./bc2-characters.ts";
import { writeBc2 } from "./bc2-write.ts";
import { readBc2 } from "./bc2.ts";

const bytes = (text: string): AsyncGenerator<Uint8Array> => streamOf(new TextEncoder().encode(text));

async function read(sentences: string, answers: string) {
  const issues: CorpusIssue[] = [];
  const options = { file: "t.in", evalFile: "t.eval", onIssue: (issue: CorpusIssue) => issues.push(issue) };
  const documents = await collect(readBc2(bytes(sentences), { ...options, eval: bytes(answers) }));
  const found = documents.map(({ id, passages: [passage] }) => [
    id,
    ...passage!.mentions.map(({ start, end }) => passage!.text.slice(start, end)),
  ]);
  return { found, issues };
}

describe("answers", () => {
  const sentences = "S1 a b c\nS2 d e f\nS3 g\n";

  it.each([
    ["in the sentences' order", "S1|0 0|a\nS1|2 2|c\nS2|1 1|e\n"],
    ["in another order", "S2|1 1|e\nS1|0 0|a\nS1|2 2|c\n"],
    ["scattered", "S1|0 0|a\nS2|1 1|e\nS1|2 2|c"],
    ["with blank lines and carriage returns", "\uFEFFS1|0 0|a\r\n\r\n\nS1|2 2|c\r\n\r\nS2|1 1|e\r\n"],
  ])("%s find their sentences", async (_, answers) => {
    expect(await read(sentences, answers)).toEqual({
      found: [["S1", "a", "c"], ["S2", "e"], ["S3"]],
      issues: [],
    });
  });

  it("without a sentence are told once an id, with their first line", async () => {
    const { issues } = await read(sentences, "X|0 0|a\nS1|0 0|a\nX|1 1|b\nS|0 0|x\n");
    expect(issues.map(({ kind, file, line, document }) => [kind, file, line, document])).toEqual([
      ["answer-dropped", "t.eval", 1, "X"],
      ["answer-dropped", "t.eval", 4, "S"],
    ]);
  });

  it("belong to the first of two sentences with one id", async () => {
    expect((await read("S1 a\nS1 a\n", "S1|0 0|a\n")).found).toEqual([["S1", "a"], ["S1"]]);
  });

  it("of documents that share an id, or whose ids are those of another's passages, stay apart when written", async () => {
    const passage = {
      text: "ab cd",
      kind: "sentence",
      mentions: [{ start: 3, end: 5, type: "Gene" }],
    } as const;
    const ids = ["x", "x", "y:1", "y", "z", "z:2"];
    const documents = ids.map((id) => ({
      id,
      passages: id === "y" || id === "z" ? [passage, passage] : [passage],
    }));
    const issues: CorpusIssue[] = [];
    const files = { in: "", eval: "" };
    for await (const { name, text } of writeBc2(streamOf(...documents), {
      onIssue: (issue) => issues.push(issue),
    }))
      files[name.endsWith(".in") ? "in" : "eval"] += text;
    const sentences = ["x", "x-2", "y:1", "y-2:1", "y-2:2", "z:1", "z:2", "z:2-2"];
    expect((await read(files.in, files.eval)).found).toEqual(sentences.map((id) => [id, "cd"]));
    const changed = issues.filter(({ kind }) => kind === "document-id-changed");
    expect(changed.map(({ document }) => document)).toEqual(["x", "y", "z:2"]);
  });

  it("outside of their sentence, and malformed ones, are refused with their line", async () => {
    await expect(read(sentences, "S1|0 0|a\n\nS1|2 3|c\n")).rejects.toMatchObject({
      file: "t.eval",
      line: 3,
      message: expect.stringContaining("last < 3") as unknown,
    });
    await expect(read(sentences, "S1|0 0|a\nS1|0|a\n")).rejects.toMatchObject({ file: "t.eval", line: 2 });
  });

  it("are the same for ids whose hashes collide, and when their text waits in a file", async () => {
    // Two ids of one FNV-1a hash.
    const lines = ["costarring|0 0|a", "liquid|1 1|b", "costarring|2 2|c", "liquid|3 3|d"];
    const answers = await readAnswers(bytes(lines.join("\n")), "t.eval", newTextStore(0));
    const texts = (id: string): string[] => answers.take(id).map(({ text, line }) => `${line} ${text}`);
    expect(texts("liquid")).toEqual(["2 b", "4 d"]);
    expect(texts("liquid")).toEqual([]);
    expect(texts("absent")).toEqual([]);
    expect([...answers.left()]).toEqual([{ id: "costarring", line: 1 }]);
    answers.close();
  });

  it("of ten thousand sentences in reverse are all found", async () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `S${index}`);
    const answers = ids.toReversed().map((id) => `${id}|1 1|b\n${id}|0 0|a\n`);
    const { found, issues } = await read(ids.map((id) => `${id} a b\n`).join(""), answers.join(""));
    expect(found).toEqual(ids.map((id) => [id, "b", "a"]));
    expect(issues).toEqual([]);
  });
});

describe("characters", () => {
  it("are counted without white space, a surrogate pair as one, half of one too", () => {
    const text = "a \uDE00b🧬\t\u00A0c\uD83E";
    const characters = countedCharacters(text);
    const starts = [0, 2, 3, 4, 7, 8, 9];
    expect(characters.count).toBe(starts.length);
    for (const [index, start] of starts.entries()) {
      expect(characters.before(start)).toBe(index);
      expect(characters.place(index, index)).toEqual({ start, end: start + (index === 3 ? 2 : 1) });
    }
    expect([characters.place(0, 7), characters.place(2, 1), characters.place(Number.NaN, 1)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
