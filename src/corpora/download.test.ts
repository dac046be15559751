/** @file Downloads from a server on this machine that cuts, lies, stalls and redirects. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchCorpus, lockName } from "./download-corpus.ts";
import type { DownloadRequest } from "./download.ts";
import { downloadFile } from "./download.ts";
import type { KnownCorpus } from "./known/index.ts";

const content = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 251));
const sha256 = createHash("sha256").update(content).digest("hex");

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let answers: Answer[] = [];
let requests: IncomingMessage[] = [];
const server = createServer((request, response) => {
  requests.push(request);
  // The last answer is given again and again.
  const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
  answer(request, response);
});
let base = "";
let folder = "";
let waits: number[] = [];
/** What the client has written to its disk. */
let received = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nerium-download-"));
  [answers, requests, waits] = [[], [], []];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const effects = {
  fetch,
  sleep: async (milliseconds: number) => {
    waits.push(milliseconds);
  },
};

/** Serves the content as a server should: with a tag, and in parts if the tag still holds. */
function serve(tag = '"v1"', body = content): Answer {
  return ({ headers }, response) => {
    const from = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
    const rest = from === undefined || headers["if-range"] !== tag ? 0 : Number(from);
    response.setHeader("etag", tag);
    response.setHeader("content-length", body.length - rest);
    if (rest > 0) response.setHeader("content-range", `bytes ${rest}-${body.length - 1}/${body.length}`);
    response.writeHead(rest > 0 ? 206 : 200).end(body.subarray(rest));
  };
}

/** Promises everything and hangs up when `bytes` have arrived. */
function cut(bytes: number, tag = '"v1"'): Answer {
  return (_, response) => {
    received = 0;
    response.writeHead(200, { etag: tag, "content-length": content.length });
    response.write(content.subarray(0, bytes));
    const watch = setInterval(() => {
      if (received < bytes && !response.destroyed) return;
      clearInterval(watch);
      response.destroy();
    }, 5);
  };
}

function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_, response) => void response.writeHead(code, headers).end("no");
}

const wrongPart: Answer = (_, response) =>
  void response.writeHead(206, { "content-range": "bytes 5-9/100000" }).end("12345");

const tooShort: Answer = (_, response) => {
  response.writeHead(200, { "content-length": content.length });
  response.write(content.subarray(0, 10), () => response.socket?.end());
};

const withoutLength: Answer = (_, response) => void response.writeHead(200).end(content);

function onProgress(bytes: number): void {
  received = bytes;
}

function download(more: Partial<DownloadRequest> = {}) {
  const path = join(folder, "file.bin");
  const request = { url: `${base}/file.bin`, path, silence: 10_000, onProgress, ...more };
  return downloadFile(request, effects);
}

function expectContent(): void {
  expect(readFileSync(join(folder, "file.bin")).equals(content)).toBe(true);
  expect(readdirSync(folder)).toEqual(["file.bin"]);
}

async function leaveHttps(): Promise<Response> {
  return new Response("", { status: 302, headers: { location: `${base}/x` } });
}

async function beOffline(): Promise<Response> {
  const cause = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
  throw new TypeError("fetch failed", { cause });
}

describe("downloadFile", () => {
  it("downloads a file and tells its checksum and progress", async () => {
    answers = [serve()];
    const seen: (number | undefined)[] = [];
    const result = await download({ sha256, onProgress: (bytes, total) => seen.push(bytes, total) });
    expect(result).toEqual({ bytes: content.length, sha256 });
    expect(seen.slice(-2)).toEqual([content.length, content.length]);
    expect(requests[0]!.headers["accept-encoding"]).toBe("identity");
    expectContent();
  });

  it("goes on after a cut connection, also in a later run", async () => {
    answers = [cut(30_000)];
    await expect(download({ attempts: 1 })).rejects.toThrow(/bytes that came are kept/);
    expect(existsSync(join(folder, "file.bin"))).toBe(false);
    answers = [serve()];
    await download({ sha256 });
    expect(requests[1]!.headers).toMatchObject({ range: "bytes=30000-", "if-range": '"v1"' });
    expectContent();
  });

  it("starts again when the server's file has changed since", async () => {
    answers = [cut(30_000, '"old"'), serve('"new"')];
    await download({ sha256 });
    expect(waits).toEqual([1000]);
    expectContent();
  });

  it.each([
    ["does not go on at a weak tag", 'W/"v1"'],
    ["does not go on without a tag", ""],
  ])("%s", async (_, tag) => {
    answers = [cut(30_000, tag), serve()];
    await download({ sha256 });
    expect(requests[1]!.headers.range).toBeUndefined();
    expectContent();
  });

  it("starts again when the server sends another part, or says that there is none", async () => {
    answers = [cut(30_000), wrongPart, cut(40_000), status(416), serve()];
    await download({ sha256 });
    expectContent();
  });

  it("fetches nothing again where only the renaming was missing", async () => {
    answers = [cut(30_000)];
    await expect(download({ attempts: 1 })).rejects.toThrow(/are kept/);
    writeFileSync(join(folder, ".file.bin.partial"), content);
    answers = [status(416, { "content-range": `bytes */${content.length}` })];
    await download({ sha256 });
    expectContent();
    expect(requests).toHaveLength(2);
  });

  it("does not take a short file for the whole one", async () => {
    answers = [tooShort, serve()];
    await download({ sha256 });
    expectContent();
  });

  it("waits and tries again when the server has trouble", async () => {
    answers = [status(503, { "retry-after": "7" }), status(500), status(429), serve()];
    await download({ sha256 });
    expect(waits).toEqual([7000, 2000, 4000]);
  });

  it("gives up after some attempts", async () => {
    answers = [status(500)];
    await expect(download({ attempts: 3 })).rejects.toMatchObject({ code: "UNREADABLE" });
    expect(requests).toHaveLength(3);
  });

  it("hangs up on a server that says nothing", async () => {
    answers = [() => {}, (_, response) => void response.writeHead(200).write("a"), serve()];
    await download({ silence: 500, sha256 });
    expectContent();
  });

  it.each([
    [404, /404: the file has moved; fetch it by hand/],
    [403, /403: the file may need a login/],
  ])("does not ask again after %d", async (code, message) => {
    answers = [status(code)];
    await expect(download()).rejects.toThrow(message);
    expect(requests).toHaveLength(1);
  });

  it("keeps nothing that has the wrong checksum", async () => {
    answers = [serve()];
    const wrong = download({ sha256: "0".repeat(64) });
    await expect(wrong).rejects.toMatchObject({ code: "DATA" });
    await expect(wrong).rejects.toThrow(sha256);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("keeps nothing that is too large, whether the server says so or not", async () => {
    for (const answer of [serve(), withoutLength]) {
      answers = [answer];
      await expect(download({ maxBytes: 50_000 })).rejects.toMatchObject({ code: "DATA" });
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it("follows redirects, but not for ever and not anywhere", async () => {
    answers = [status(302, { location: "/other" }), serve()];
    await download({ sha256 });
    expect(requests.map(({ url }) => url)).toEqual(["/file.bin", "/other"]);
    answers = [status(301, { location: "/file.bin" })];
    await expect(download()).rejects.toThrow(/redirects more than 5 times/);
    answers = [status(302, { location: "file:///etc/passwd" })];
    await expect(download()).rejects.toThrow(/no address that begins with https/);
  });

  it("does not leave https", async () => {
    const request = { url: "https://example.org/file", path: join(folder, "file.bin") };
    await expect(downloadFile(request, { ...effects, fetch: leaveHttps })).rejects.toThrow(/https to http/);
  });

  it("says that it is offline, how to help oneself, and does not wait long", async () => {
    const request = { url: "https://example.org/file", path: join(folder, "file.bin") };
    const failure = downloadFile(request, { ...effects, fetch: beOffline });
    await expect(failure).rejects.toMatchObject({ code: "UNREADABLE" });
    await expect(failure).rejects.toThrow(/example\.org cannot be reached .* offline.*put it at .*file\.bin/);
    expect(waits).toEqual([1000]);
  });

  it("can be interrupted and goes on later", async () => {
    const stop = new AbortController();
    answers = [cut(30_000)];
    const onProgress = (): void => stop.abort(new Error("stopped"));
    const request = { url: `${base}/file.bin`, path: join(folder, "file.bin"), onProgress };
    await expect(downloadFile(request, { ...effects, signal: stop.signal })).rejects.toThrow("stopped");
    answers = [serve()];
    await download({ sha256 });
    expectContent();
  });
});

const corpus: KnownCorpus = {
  name: "some",
  title: "",
  description: "",
  homepage: "",
  files: [
    { name: "train.bin", url: "https://example.org/a/train.bin", splits: ["train"] },
    { name: "test.bin", url: "https://example.org/a/test.bin", splits: ["test"] },
  ],
  format: "text",
  types: {},
  licence: "",
  citation: "",
};

function getSome(splits?: readonly string[]) {
  return fetchCorpus(corpus, folder, { base: `${base}/m/`, splits }, effects);
}

function readLock(): unknown {
  return JSON.parse(readFileSync(join(folder, lockName), "utf8"));
}

function lockEntry(name: string) {
  return { url: `${base}/m/${name}`, bytes: content.length, sha256 };
}

describe("fetchCorpus", () => {
  it("fetches files from a mirror, records them, and fetches them once", async () => {
    answers = [serve()];
    expect((await getSome()).map(({ status: how }) => how)).toEqual(["downloaded", "downloaded"]);
    expect(requests.map(({ url }) => url)).toEqual(["/m/train.bin", "/m/test.bin"]);
    expect(readLock()).toEqual({
      files: { "test.bin": lockEntry("test.bin"), "train.bin": lockEntry("train.bin") },
    });
    expect((await getSome()).map(({ status: how }) => how)).toEqual(["present", "present"]);
    expect(requests).toHaveLength(2);
  });

  it("fetches some splits only, and none that do not exist", async () => {
    answers = [serve()];
    expect((await getSome(["train"])).map(({ name }) => name)).toEqual(["train.bin"]);
    await expect(getSome(["dev"])).rejects.toMatchObject({ code: "USAGE" });
  });

  it("takes a file that was fetched by hand", async () => {
    writeFileSync(join(folder, "train.bin"), content);
    expect(await getSome(["train"])).toMatchObject([{ status: "adopted", sha256 }]);
    expect(requests).toEqual([]);
    expect(readLock()).toMatchObject({ files: { "train.bin": { sha256, bytes: content.length } } });
  });

  it("refuses another file than the one it recorded, here and at the source", async () => {
    answers = [serve()];
    await getSome(["train"]);
    const path = join(folder, "train.bin");
    writeFileSync(path, "changed");
    await expect(getSome(["train"])).rejects.toMatchObject({ code: "DATA", file: path });
    expect(readFileSync(path, "utf8")).toBe("changed");
    rmSync(path);
    answers = [serve('"v2"', Buffer.from("other"))];
    await expect(getSome(["train"])).rejects.toMatchObject({ code: "DATA" });
  });

  it("does not trust a broken lock file", async () => {
    writeFileSync(join(folder, lockName), '{"files":{"train.bin":{"sha256":1}}}');
    await expect(getSome()).rejects.toMatchObject({ code: "DATA", file: join(folder, lockName) });
  });
});
