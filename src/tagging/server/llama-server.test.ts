/** @file The server engine against llama.cpp's own server with a random model: real streams, real grammars. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLlamaServer, type LlamaServer, startLlamaServer } from "../../../test/llama-server.ts";
import { writeTinyGguf } from "../../../test/tiny-gguf.ts";
import { openTagger, type TaggerOptions } from "../index.ts";
import { grammarOf } from "./dialect.ts";

const path = findLlamaServer();
const describeWithServer =
  path === undefined
    ? (name: string, body: () => void) =>
        describe.skip(`${name} (skipped: no llama-server on the PATH or in NERIUM_LLAMA_SERVER)`, body)
    : describe;

let folder = "";
let server: LlamaServer | undefined;
beforeAll(async () => {
  if (path === undefined) return;
  folder = await mkdtemp(join(tmpdir(), "nerium-llama-server-"));
  server = await startLlamaServer(path, (await writeTinyGguf(folder)).model);
}, 90_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  if (folder !== "") await rm(folder, { recursive: true });
});

const texts = [
  "Gout after zinc.",
  'we write <mark> and "@@" and \\ here ##',
  "🧬 TGF-β1\tcauses (e\u0301) gout",
];

async function tagged(options: Partial<TaggerOptions>) {
  await using tagger = await openTagger({
    model: "tiny",
    types: ["Disease", "Gene"],
    style: "nerllama",
    server: { baseUrl: server!.baseUrl },
    ...options,
  });
  async function* documents() {
    for (const text of texts) yield { id: text, passages: [{ text, mentions: [] }] };
  }
  const found = [];
  for await (const { id, passages } of tagger.tag(documents())) {
    expect(passages.map(({ text }) => text)).toEqual([id]);
    found.push(...passages[0]!.mentions);
  }
  return { found, report: tagger.report!() };
}

describeWithServer("llama.cpp's server", () => {
  it("says what it is, so that it is sent grammars", async () => {
    const asking = { headers: {}, timeout: 5000, fetch };
    expect(await grammarOf(server!.baseUrl, "auto", asking)).toBe("llama.cpp");
  });

  it("is held to the texts by its grammar, whatever a random model would like to write", async () => {
    const { found, report } = await tagged({ temperature: 1.5, samples: 4, voteThreshold: 0 });
    expect(found.length).toBeGreaterThan(0);
    expect(report.cost).toMatchObject({ questions: 4 * texts.length, retries: 0 });
    expect(report.cost.inputTokens).toBeGreaterThan(100);
    expect(report.cost.outputTokens).toBeGreaterThan(50);
    expect(report.truncated).toBe(0);
    const { exact, ...others } = report.marks!;
    expect(exact).toBeGreaterThanOrEqual(found.length);
    expect(Object.values(others).every((count) => count === 0)).toBe(true);
  });

  it("may write something else: texts stay as they are, and all marks are accounted for", async () => {
    // Free of the text, not of UTF-8: a random model writes bytes that its server refuses to send.
    const parameters = { grammar: 'root ::= ("@@" [a-z ]+ "##" | [a-z ]){1,60}' };
    const { found, report } = await tagged({
      types: ["Disease"],
      grammar: "none",
      temperature: 1,
      server: { baseUrl: server!.baseUrl, parameters },
    });
    expect(report.cost).toMatchObject({ questions: texts.length, retries: 0 });
    const { exact, whitespace, cleanup, edited, ...others } = report.marks!;
    expect(found).toHaveLength(exact + whitespace + cleanup + edited);
    expect(Object.values(others).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  });
});
