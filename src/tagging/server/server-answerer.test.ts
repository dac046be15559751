/** @file The server engine against a local server that is busy, broken, slow, talkative or wrong. */
import type { ServerResponse } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  type Behaviour,
  beginStream,
  markGout,
  sendAnswer,
  sendJson,
  sendPiece,
  sentenceIn,
  startMockServer,
  usage,
} from "../../../test/mock-server.ts";
import { failureOf } from "../../../test/tiny-models.ts";
import type { Document } from "../../documents/index.ts";
import { openAnswerEngine } from "../answers/answer-engine.ts";
import { openJournal } from "../answers/journal.ts";
import { openSentenceTagger, type SentenceTaggerOptions } from "../sentence-tagger.ts";
import { openServerAnswerer, type ServerOptions } from "./server-answerer.ts";

const folder = mkdtempSync(join(tmpdir(), "nerium-server-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const waits: number[] = [];
const quick: ServerOptions["request"] = {
  timeout: 30_000,
  sleep: async (milliseconds) => {
    waits.push(milliseconds);
  },
  random: () => 0.5,
};

interface Setting extends Partial<ServerOptions> {
  readonly gets?: Readonly<Record<string, unknown>>;
  readonly tagger?: Partial<SentenceTaggerOptions>;
  readonly journal?: string;
}

/** Tags texts with a server that behaves so; gives the surfaces that were found, and what else there is to know. */
async function tag(texts: readonly string[], behaviour: Behaviour, setting: Setting = {}) {
  const { gets, tagger: taggerOptions, journal: path, ...options } = setting;
  waits.length = 0;
  await using server = await startMockServer(behaviour, gets);
  const { baseUrl, requests } = server;
  const style = options.style ?? "nerllama";
  const answerer = await openServerAnswerer({ baseUrl, model: "m", style, request: quick, ...options });
  const journal = path === undefined ? undefined : await openJournal(path);
  const engine = openAnswerEngine({ answerer, style, journal });
  await using tagger = openSentenceTagger({ engine, name: "m", style, types: ["Disease"], ...taggerOptions });
  const found: string[][] = [];
  const error = await failureOf(
    (async () => {
      for await (const { passages } of tagger.tag(documents(texts))) {
        found.push(
          passages.flatMap(({ text, mentions }) => mentions.map(({ start, end }) => text.slice(start, end))),
        );
      }
    })(),
  );
  return {
    found,
    error: error as Error | undefined,
    requests,
    report: tagger.report(),
    most: server.mostAtOnce(),
  };
}

async function* documents(texts: readonly string[]): AsyncGenerator<Document> {
  for (const [at, text] of texts.entries()) {
    yield { id: String(at), passages: [{ text, kind: "sentence", mentions: [] }] };
  }
}

const answer: Behaviour = (request, response) => sendAnswer(response, markGout(sentenceIn(request)));
/** Behaves so at the first requests, well afterwards. */
const first = (bad: Behaviour, times = 1): Behaviour => {
  return (request, response) => (request.number < times ? bad : answer)(request, response);
};

describe("a server that works", () => {
  it("is asked in the style's words, and its answers come back in order", async () => {
    const texts = Array.from({ length: 30 }, (_, at) => `case ${at} of gout`);
    const { found, requests, report, most } = await tag(texts, async (request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 7 * ((request.number * 13) % 5)));
      await answer(request, response);
    });
    expect(found).toEqual(texts.map(() => ["gout"]));
    expect(requests[0]!.path).toBe("/v1/chat/completions");
    expect(requests[0]!.headers.authorization).toBeUndefined();
    expect(requests[0]!.body).toMatchObject({ model: "m", temperature: 0, stream: true });
    expect(requests[0]!.body.messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(most).toBeGreaterThan(2);
    expect(most).toBeLessThanOrEqual(8);
    expect(report).toMatchObject({ sentences: 30, cut: 0, truncated: 0, marks: { exact: 30, rejected: 0 } });
  });

  it("is paid for what it read, what it had cached, and what it wrote", async () => {
    const prices = { input: 10, cachedInput: 1, output: 100 };
    const { report, requests } = await tag(["gout", "asthma"], answer, { prices, apiKey: "secret" });
    expect(report.cost).toMatchObject({
      questions: 2,
      inputTokens: 200,
      cachedTokens: 120,
      outputTokens: 40,
      retries: 0,
    });
    expect(report.cost.money).toBeCloseTo((2 * (40 * 10 + 60 * 1 + 20 * 100)) / 1e6, 12);
    expect(requests[0]!.headers.authorization).toBe("Bearer secret");
  });

  it("may answer in one piece", async () => {
    const { found } = await tag(["gout"], (request, response) => {
      const content = markGout(sentenceIn(request));
      sendJson(response, 200, {
        choices: [{ message: { role: "assistant", content }, finish_reason: "stop" }],
        usage,
      });
    });
    expect(found).toEqual([["gout"]]);
  });

  it("gets what is shared first, and the sentence last", async () => {
    const shots = () => [
      { text: "no gout", kind: "sentence", mentions: [{ start: 3, end: 7, type: "Disease" }] },
    ];
    const { requests } = await tag(["a", "b"], answer, { tagger: { shots } });
    const prompts = requests.map(({ body }) => body.messages.at(-1)!.content);
    expect(prompts[0]!.slice(0, -1)).toBe(prompts[1]!.slice(0, -1));
    expect(prompts[0]).toContain("Output:\nno @@gout##\n");
  });

  it("gives several samples, which vote", async () => {
    const { found, requests, report } = await tag(
      ["gout and asthma"],
      ({ number }, response) =>
        sendAnswer(response, number % 2 === 0 ? "@@gout## and asthma" : "@@gout## and @@asthma##"),
      { tagger: { samples: 5 }, concurrency: 1 },
    );
    expect(found).toEqual([["gout"]]);
    expect(requests).toHaveLength(5);
    expect(new Set(requests.map(({ body }) => body["seed"])).size).toBe(5);
    expect(requests[0]!.body).toMatchObject({ temperature: 1 });
    expect(report.cost.questions).toBe(5);
  });

  it("answers lists of strings in JSON", async () => {
    const { found, requests } = await tag(
      ["Gout, gout and asthma"],
      (_, response) => sendAnswer(response, '```json\n{"disease": ["gout", "asthma"]}\n```'),
      { style: "list" },
    );
    expect(found).toEqual([["gout", "asthma"]]);
    expect(requests[0]!.body).toMatchObject({ response_format: { type: "json_schema" } });
  });
});

type Body = Readonly<Record<string, unknown>>;

describe("a server that takes grammars", () => {
  it.each([
    ["llama.cpp", { "/v1/models": { data: [{ id: "m", owned_by: "llamacpp" }] } }, (body: Body) => body],
    [
      "vLLM",
      { "/v1/models": { data: [{ owned_by: "vllm" }] }, "/version": { version: "0.13.1" } },
      (body: Body) => body["structured_outputs"],
    ],
  ] as const)("gets one: %s", async (_, gets, part) => {
    const { requests, found } = await tag(["no gout"], answer, { gets });
    const { grammar } = part(requests[0]!.body) as { grammar: string };
    expect(grammar).toBe(
      [
        "root ::= o0",
        'o0 ::= "no" o1 | "@@no" a0',
        'a0 ::= "##" o1 | " gout" a1',
        'o1 ::= " gout" o2 | " @@gout" a1',
        'a1 ::= "##" o2',
        'o2 ::= ""\n',
      ].join("\n"),
    );
    expect(found).toEqual([["gout"]]);
  });

  it("gets the older key where it is an older vLLM, and none where it is not asked for", async () => {
    const gets = { "/v1/models": { data: [{ owned_by: "vllm" }] }, "/version": { version: "0.9.2" } };
    expect((await tag(["x"], answer, { gets })).requests[0]!.body).toHaveProperty("guided_grammar");
    const without = (await tag(["x"], answer, { gets, grammar: "none" })).requests[0]!.body;
    expect(Object.keys(without).join()).not.toMatch(/grammar|structured/);
    expect((await tag(["x"], answer, {})).requests[0]!.body).not.toHaveProperty("grammar");
    expect((await tag(["x"], answer, { grammar: "llama.cpp" })).requests[0]!.body).toHaveProperty("grammar");
  });
});

describe("a server that is busy", () => {
  it.each([
    ["retry-after-ms", { "retry-after-ms": "1234", "retry-after": "9" }, 1234],
    ["Retry-After in seconds", { "retry-after": "3" }, 3000],
    ["no wish", {}, 500],
  ])("is asked again when it wishes: %s", async (_, headers, wait) => {
    const busy: Behaviour = (_, response) =>
      sendJson(response, 429, { error: { message: "slow down" } }, headers);
    const { found, report } = await tag(["gout"], first(busy, 2), { concurrency: 1 });
    expect(found).toEqual([["gout"]]);
    expect(report.cost.retries).toBe(2);
    expect(waits[0]).toBeCloseTo(wait, -1);
  });

  it("may name a date", async () => {
    const date = new Date(Date.now() + 5000).toUTCString();
    await tag(
      ["gout"],
      first((_, response) => sendJson(response, 503, {}, { "retry-after": date })),
    );
    expect(waits[0]).toBeGreaterThan(3000);
    expect(waits[0]).toBeLessThan(6000);
  });

  it("makes all requests wait, not only the one that it told", async () => {
    const busy: Behaviour = (_, response) => sendJson(response, 429, {}, { "retry-after": "2" });
    await tag(["a", "b", "c", "d"], first(busy), { concurrency: 2 });
    expect(waits.filter((wait) => wait > 1500).length).toBeGreaterThanOrEqual(2);
  });

  it("is not waited for longer than allowed", async () => {
    const { error } = await tag(["gout"], (_, response) =>
      sendJson(response, 429, {}, { "retry-after": "3600" }),
    );
    expect(error).toMatchObject({ code: "SERVER" });
    expect(error!.message).toMatch(/3600 s/);
  });
});

/** What llama.cpp's server does where it stumbles over what its model writes. */
function sendBroken(response: ServerResponse, said: string): void {
  beginStream(response);
  sendPiece(response, said);
  response.end(`data: ${JSON.stringify({ error: { code: 500, message: "no match" } })}\n\n`);
}

describe("a server that breaks", () => {
  const bad: [string, Behaviour][] = [
    ["500", (_, response) => sendJson(response, 500, { error: "out of memory" })],
    [
      "a stream that is cut",
      (_, response) => {
        beginStream(response);
        sendPiece(response, "go");
        setTimeout(() => response.destroy(), 20);
      },
    ],
    [
      "a stream that ends too early",
      (_, response) => {
        beginStream(response);
        sendPiece(response, "go");
        response.end();
      },
    ],
    [
      "a stream that falls silent",
      (_, response) => {
        beginStream(response);
        sendPiece(response, "go");
      },
    ],
    ["no answer at all", () => {}],
    ["a closed connection", (_, response) => void response.destroy()],
    [
      "a page",
      (_, response) => {
        response.writeHead(200, { "content-type": "text/html" });
        response.end("<html>sign in</html>");
      },
    ],
    [
      "garbage in a stream",
      (_, response) => {
        beginStream(response);
        response.write("data: {nonsense\n\n");
        response.end();
      },
    ],
    ["an error in a stream", (_, response) => sendBroken(response, "@@gout##")],
    ["other JSON", (_, response) => sendJson(response, 200, { choices: "none" })],
  ];

  it.each(bad)("is asked again: %s", async (name, behaviour) => {
    // Long enough for a busy machine to answer, where the server is not silent on purpose.
    const request = { ...quick, timeout: /silent|no answer/.test(name) ? 2_500 : 30_000 };
    const { found, report } = await tag(["gout", "no gout"], first(behaviour, 2), { request });
    expect(found).toEqual([["gout"], ["gout"]]);
    expect(report.cost.retries).toBe(2);
  });

  it("makes the run fail in the end, with the reason and what to do", async () => {
    const { error, requests } = await tag(["gout"], (_, response) =>
      sendJson(response, 500, { error: "out of memory" }),
    );
    expect(error).toMatchObject({ code: "SERVER" });
    expect(error!.message).toMatch(/after 7 tries.*HTTP 500: out of memory.*run the same command again/);
    expect(requests).toHaveLength(7);
  });

  it("stumbles over one sentence: what it said so far counts as an answer that was cut, and is not kept", async () => {
    const journal = join(folder, "broken.jsonl");
    const stumbling: Behaviour = (request, response) =>
      sentenceIn(request).startsWith("bad")
        ? sendBroken(response, "bad @@gout## and")
        : answer(request, response);
    const { found, report } = await tag(["gout", "bad gout and gout"], stumbling, {
      concurrency: 1,
      journal,
    });
    expect(found).toEqual([["gout"], ["gout"]]);
    expect(report).toMatchObject({ truncated: 1, cost: { retries: 6 } });
    expect(readFileSync(journal, "utf8")).not.toContain("bad");
  });

  it("makes the run fail where it breaks every answer off", async () => {
    const { error } = await tag(["gout"], (_, response) => sendBroken(response, "g"));
    expect(error!.message).toMatch(/after 7 tries, the last: the server breaks its answer off: no match/);
  });
});

describe("a model that does not behave", () => {
  it("is stopped where it never ends, and what it said before counts", async () => {
    let closed = false;
    const { found, report } = await tag(["mild gout"], (_, response) => {
      beginStream(response);
      response.once("close", () => (closed = true));
      const loop = (): void => {
        for (let time = 0; time < 50 && !response.destroyed; time++) sendPiece(response, "mild @@gout##\n");
        if (!response.destroyed) setTimeout(loop, 1);
      };
      loop();
    });
    expect(found).toEqual([["gout"]]);
    expect(report.truncated).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(closed).toBe(true);
  });

  it.each([
    ["talks", "Sure! Here it is:\nmild @@gout##\nI hope this helps.", ["gout"]],
    ["alters the text", "a mild @@gouts##.", ["gout"]],
    ["refuses", "I cannot help with that.", []],
    ["says nothing", "", []],
    ["marks what is not there", "@@zinc## deficiency", []],
  ])("does no harm: it %s", async (_, said, expected) => {
    const { found, error } = await tag(["mild gout"], (_, response) => sendAnswer(response, said));
    expect(error).toBeUndefined();
    expect(found).toEqual([expected]);
  });

  it("is told short texts, where a long one is too much for it", async () => {
    const text = "gout and asthma, then ".repeat(20);
    const { found, report, requests } = await tag([text], (request, response) => {
      const sentence = sentenceIn(request);
      if (sentence.length < 150) return sendAnswer(response, markGout(sentence));
      sendJson(response, 400, { error: { message: "maximum context length is 99 tokens" } });
    });
    expect(found[0]).toHaveLength(20);
    expect(report.cut).toBe(3);
    expect(requests.length).toBeGreaterThan(4);
  });
});

describe("a server that refuses", () => {
  it.each([
    [401, { error: { message: "no key" } }, /no key.*OPENAI_API_KEY/],
    [404, { detail: "no such model" }, /no such model.*model m.*--base-url/],
    [400, { message: "bad" }, /bad.*--grammar none/],
  ])("makes the run fail at once: %s", async (status, body, message) => {
    const { error, requests } = await tag(["gout"], (_, response) => sendJson(response, status, body));
    expect(error).toMatchObject({ code: "SERVER" });
    expect(error!.message).toMatch(message);
    expect(requests).toHaveLength(1);
  });

  it("never has its key in a message", async () => {
    const { error } = await tag(["gout"], (_, response) => sendJson(response, 403, {}), {
      apiKey: "sk-hidden",
    });
    expect(error!.message).not.toContain("sk-hidden");
    expect(error!.message).toMatch(/the key is not accepted/);
  });

  it.each(["stream_options", "temperature", "use max_completion_tokens instead of max_tokens"])(
    "is asked without what it does not take: %s",
    async (complaint) => {
      const key = complaint.startsWith("use") ? "max_tokens" : complaint;
      const { found, requests } = await tag(
        ["gout", "gout again"],
        (request, response) => {
          if (!(key in request.body)) return answer(request, response);
          sendJson(response, 400, { error: { message: `unsupported: ${complaint}` } });
        },
        { concurrency: 1 },
      );
      expect(found).toEqual([["gout"], ["gout"]]);
      expect(requests).toHaveLength(3);
    },
  );
});

describe("a run that is interrupted", () => {
  it("goes on where it stopped", async () => {
    const journal = join(folder, "answers.jsonl");
    const texts = Array.from({ length: 12 }, (_, at) => `case ${at} of gout`);
    const dies: Behaviour = (request, response) => {
      if (request.number < 5) return answer(request, response);
      sendJson(response, 401, {});
    };
    const usual = await tag(texts, dies, { journal, concurrency: 1 });
    expect(usual.error).toMatchObject({ code: "SERVER" });
    writeFileSync(journal, readFileSync(journal, "utf8").slice(0, -9)); // as a power cut leaves it
    const again = await tag(texts, answer, { journal, concurrency: 1 });
    expect(again.found).toEqual(texts.map(() => ["gout"]));
    expect(again.requests.map(sentenceIn)).toEqual(texts.slice(4));
    expect(again.report.cost.questions).toBe(12);
    const third = await tag(texts, answer, { journal });
    expect(third.requests).toEqual([]);
    const other = await tag(texts, answer, { journal, model: "another" });
    expect(other.requests).toHaveLength(12);
  });

  it("can be stopped", async () => {
    await using server = await startMockServer(() => {});
    const answerer = await openServerAnswerer({ baseUrl: server.baseUrl, model: "m", style: "nerllama" });
    const engine = openAnswerEngine({ answerer, style: "nerllama" });
    await using tagger = openSentenceTagger({ engine, name: "m", style: "nerllama", types: ["Disease"] });
    const controller = new AbortController();
    const { signal } = controller;
    const running = failureOf(tagger.tag(documents(["gout"]), { signal }).next());
    setTimeout(() => controller.abort(new Error("stopped")), 50);
    expect(await running).toMatchObject({ message: "stopped" });
  });
});
