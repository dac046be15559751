/** @file Pulls from a hub on this machine that cuts, lies, refuses and redirects; what ends up in the cache. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Fault,
  gitSha1,
  type MockHub,
  type SeenRequest,
  sha256,
  startMockHub,
} from "../../test/mock-hub.ts";
import { failureOf } from "../../test/tiny-models.ts";
import { NeriumError } from "../errors.ts";
import { pullModel, type PullRequest } from "./pull.ts";
import { resolveModel } from "./resolve-model.ts";
import { hubSettings, type HubSettings } from "./settings.ts";

const weights = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));
let hub: MockHub;
let home = "";
let waits: number[] = [];
beforeEach(async () => {
  hub = await startMockHub({
    "config.json": '{"model_type":"llama"}',
    "tokenizer.json": "{}",
    "model.safetensors": weights,
    "consolidated.safetensors": weights,
    "pytorch_model.bin": "danger",
    "original/params.json": "{}",
    "quantised.q8_0.gguf": "GGUF and so on",
    "LICENSE.txt": "free",
    ".gitattributes": "",
  });
  home = mkdtempSync(join(tmpdir(), "nerium-hub-"));
  waits = [];
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

const effects = {
  fetch,
  sleep: async (milliseconds: number) => {
    waits.push(milliseconds);
  },
};
const environment = () => ({ HF_HOME: home, HF_ENDPOINT: hub.endpoint });
const settings = (more: Partial<HubSettings> = {}): HubSettings => ({
  ...hubSettings(environment()),
  ...more,
});
const pull = (request: Partial<PullRequest> = {}, more: Partial<HubSettings> = {}) =>
  pullModel({ repository: "org/tiny", ...request }, settings(more), effects);
const root = () => join(home, "hub", "models--org--tiny");
const paths = (seen: readonly SeenRequest[]): string[] => seen.map(({ server, path }) => `${server} ${path}`);

async function refusal(promise: Promise<unknown>): Promise<NeriumError> {
  const error = await failureOf(promise);
  expect(error).toBeInstanceOf(NeriumError);
  return error as NeriumError;
}

/** A fault for requests of one server whose path holds a text. */
const at =
  (server: "hub" | "store", part: string, answer: (response: Parameters<Fault>[1]) => void): Fault =>
  (seen, response) => {
    if (seen.server !== server || !seen.path.includes(part)) return false;
    answer(response);
    return true;
  };

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: Parameters<Fault>[1]) =>
    void response.writeHead(code, headers).end();

/** Sends some of the weights and hangs up once they have arrived. */
const cut = (bytes: number) => (response: Parameters<Fault>[1]) => {
  const tag = `"${sha256(weights).slice(0, 16)}"`;
  response.writeHead(200, { etag: tag, "content-length": weights.length });
  response.write(weights.subarray(0, bytes));
  const partial = join(root(), "blobs", `${sha256(weights)}.incomplete`);
  const watch = setInterval(() => {
    const arrived = existsSync(partial) ? readFileSync(partial).length : 0;
    if (arrived < bytes && !response.destroyed) return;
    clearInterval(watch);
    response.destroy();
  }, 5);
};

describe("pulling a model", () => {
  it("lays the cache out as Hugging Face's Python library does", async () => {
    const pulled = await pull();
    expect(pulled).toMatchObject({ repository: "org/tiny", revision: "main", commit: hub.commit });
    expect(pulled.files.map(({ path, status }) => `${status} ${path}`).sort()).toEqual([
      "downloaded LICENSE.txt",
      "downloaded config.json",
      "downloaded model.safetensors",
      "downloaded tokenizer.json",
    ]);
    expect(readFileSync(join(root(), "refs", "main"), "utf8")).toBe(hub.commit);
    const folder = join(root(), "snapshots", hub.commit);
    expect(pulled.folder).toBe(folder);
    expect(readlinkSync(join(folder, "model.safetensors"))).toBe(`../../blobs/${sha256(weights)}`);
    expect(readlinkSync(join(folder, "config.json"))).toBe(
      `../../blobs/${gitSha1(hub.files.get("config.json")!)}`,
    );
    expect(readFileSync(join(folder, "model.safetensors")).equals(weights)).toBe(true);
    expect((await readdir(root())).sort()).toEqual(["blobs", "refs", "snapshots"]);
    expect(await readdir(join(root(), "blobs"))).toHaveLength(4);
    expect(await readdir(join(home, "hub", ".locks", "models--org--tiny"))).toEqual([]);
  });

  it("fetches nothing twice, and only what changed", async () => {
    await pull();
    hub.seen.length = 0;
    expect((await pull()).files.every(({ status }) => status === "present")).toBe(true);
    expect(paths(hub.seen)).toEqual(["hub /api/models/org/tiny/revision/main?blobs=true"]);
    hub.files.set("config.json", Buffer.from("{ }"));
    hub.commit = "f".repeat(40);
    const again = await pull();
    expect(again.files.filter(({ status }) => status === "downloaded").map(({ path }) => path)).toEqual([
      "config.json",
    ]);
    expect(await readdir(join(root(), "snapshots"))).toHaveLength(2);
    expect(await resolveModel("org/tiny", { environment: environment() })).toBe(again.folder);
  });

  it("takes one GGUF file if asked, and knows which there are", async () => {
    const { files } = await pull({ gguf: "quantised.q8_0.gguf" });
    expect(files.map(({ path }) => path)).toEqual(["quantised.q8_0.gguf"]);
    const error = await refusal(pull({ gguf: "other.gguf" }));
    expect(error).toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("there is quantised.q8_0.gguf"),
    });
    hub.files.delete("model.safetensors");
    hub.files.delete("consolidated.safetensors");
    expect((await refusal(pull())).message).toContain("name one: --gguf quantised.q8_0.gguf");
    hub.files.delete("quantised.q8_0.gguf");
    expect((await refusal(pull())).message).toContain("PyTorch files, which can run code");
  });

  it("goes on after a cut connection, also in a later run", async () => {
    hub.faults.push(at("store", "model", cut(100_000)));
    await pull();
    expect(hub.seen.filter(({ server }) => server === "store").map(({ range }) => range)).toEqual([
      undefined,
      "bytes=100000-",
    ]);
    expect(readFileSync(join(root(), "snapshots", hub.commit, "model.safetensors")).equals(weights)).toBe(
      true,
    );
  });

  it("goes on in a later run, and until then names nothing that is not whole", async () => {
    const stop = new AbortController();
    hub.faults.push(at("store", "model", cut(100_000)));
    const onProgress = (bytes: number): void => {
      if (bytes >= 100_000) stop.abort(new Error("stopped"));
    };
    const stopped = pullModel({ repository: "org/tiny", onProgress }, settings(), {
      ...effects,
      signal: stop.signal,
    });
    await expect(stopped).rejects.toThrow("stopped");
    expect(existsSync(join(root(), "refs", "main"))).toBe(false);
    await refusal(resolveModel("org/tiny", { environment: environment() }));
    hub.seen.length = 0;
    await pull();
    expect(hub.seen.find(({ server }) => server === "store")!.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(readFileSync(join(root(), "snapshots", hub.commit, "model.safetensors")).equals(weights)).toBe(
      true,
    );
  });

  it("keeps nothing that has the wrong checksum, large or small", async () => {
    const changed = Buffer.from(weights).fill(1, 5, 6);
    const lie = (bytes: Buffer) => (response: Parameters<Fault>[1]) =>
      void response.writeHead(200).end(bytes);
    hub.faults.push(at("hub", "tokenizer.json", lie(Buffer.from("[]"))));
    expect((await refusal(pull())).message).toContain(`git's sha1 ${gitSha1(Buffer.from("{}"))}`);
    hub.faults.push(at("store", "model", lie(changed)));
    const error = await refusal(pull());
    expect(error).toMatchObject({
      code: "DATA",
      message: expect.stringContaining(`sha256 ${sha256(weights)}`),
    });
    expect(await readdir(join(root(), "blobs"))).not.toContain(sha256(weights));
    expect(existsSync(join(root(), "refs"))).toBe(false);
    await pull();
  });

  it("does not take a file that is longer or shorter than the listing says", async () => {
    hub.faults.push(
      at("store", "model", (response) => void response.writeHead(200).end(Buffer.concat([weights, weights]))),
    );
    expect((await refusal(pull())).message).toContain("larger than its repository says");
    hub.faults.push(
      at("store", "model", (response) => void response.writeHead(200).end(weights.subarray(9))),
    );
    expect((await refusal(pull())).message).toContain("expected sha256");
  });

  it("waits as long as the server says, and longer each time", async () => {
    hub.faults.push(
      at("hub", "/api/", status(429, { "retry-after": "7" })),
      at("hub", "/api/", status(503)),
      at("store", "model", status(503)),
    );
    await pull();
    expect(waits).toEqual([7000, 2000, 1000]);
  });

  it("sends the token to the hub and to nobody else", async () => {
    hub.token = "hf_secret";
    await pull({}, { token: "hf_secret" });
    expect(hub.seen.length).toBeGreaterThan(4);
    for (const { server, authorization } of hub.seen) {
      expect(authorization).toBe(server === "hub" ? "Bearer hf_secret" : undefined);
    }
  });

  it.each([
    [
      401,
      "GatedRepo",
      undefined,
      /access must be granted first: open .*org\/tiny, ask for it, and set HF_TOKEN/,
    ],
    [403, "GatedRepo", "hf_x", /with the account of your token/],
    [401, "", "hf_x", /the token is not accepted/],
    [401, "", undefined, /needs a login or does not exist: .*set HF_TOKEN/],
    [401, "RepoNotFound", undefined, /there is no model org\/tiny, or it is private/],
    [404, "RepoNotFound", "hf_x", /no model org\/tiny.*that your token may read it/],
    [404, "RevisionNotFound", undefined, /there is no revision main of org\/tiny/],
  ])("explains the answer %d %s", async (code, header, token, message) => {
    hub.faults.push(at("hub", "/api/", status(code, header === "" ? {} : { "x-error-code": header })));
    const error = await refusal(pull({}, { token }));
    expect(error).toMatchObject({ code: "UNREADABLE" });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("hf_x");
    expect(waits).toEqual([]);
  });

  it("takes tags and commits as revisions", async () => {
    await pull({ revision: "v1" });
    expect(readFileSync(join(root(), "refs", "v1"), "utf8")).toBe(hub.commit);
    rmSync(join(root(), "refs"), { recursive: true });
    const { folder } = await pull({ revision: hub.commit });
    expect(existsSync(join(root(), "refs"))).toBe(false);
    expect(await resolveModel("org/tiny", { revision: hub.commit, environment: environment() })).toBe(folder);
  });

  it.each(["../x", "a/b/c", "a--b/c", "", "/etc", "org/..", "org tiny"])(
    "refuses the name %j",
    async (repository) => {
      expect(await refusal(pull({ repository }))).toMatchObject({ code: "USAGE" });
      expect(hub.seen).toEqual([]);
    },
  );

  it.each(["../../x", "", "a b", "/x", "a//b", "-x"])("refuses the revision %j", async (revision) => {
    expect(await refusal(pull({ revision }))).toMatchObject({ code: "USAGE" });
  });

  it.each(["../../etc/passwd", "/etc/passwd", "a/../b", "a\\b", "C:x", "a//b"])(
    "refuses a listing with a file named %j",
    async (name) => {
      hub.files.set(name, Buffer.from("x"));
      expect(await refusal(pull())).toMatchObject({
        code: "DATA",
        message: expect.stringContaining("got a file named"),
      });
    },
  );

  it.each([
    ["no JSON", "<html>", /got no JSON; is HF_ENDPOINT right/],
    ["another JSON", '{"sha":"x"}', /got another answer \(sha/],
  ])("refuses a listing that is %s", async (_, text, message) => {
    hub.faults.push(at("hub", "/api/", (response) => void response.writeHead(200).end(text)));
    expect((await refusal(pull())).message).toMatch(message);
    expect(await readdir(root())).toEqual([]);
  });

  it("says what to do when offline", async () => {
    await hub[Symbol.asyncDispose]();
    const error = await refusal(pull());
    expect(error.message).toMatch(
      /cannot be reached .*offline.*run with --offline if the model was pulled before/,
    );
    hub = await startMockHub({});
  });
});

describe("offline", () => {
  it("says what is in the cache and asks nobody", async () => {
    const { folder } = await pull();
    hub.seen.length = 0;
    expect(await pull({}, { offline: true })).toMatchObject({ folder, commit: hub.commit, files: [] });
    expect(hub.seen).toEqual([]);
    expect((await refusal(pull({ gguf: "x.gguf" }, { offline: true }))).message).toContain("expected x.gguf");
    expect((await refusal(pull({ revision: "v2" }, { offline: true }))).message).toMatch(
      /run: nerium pull org\/tiny --revision v2/,
    );
  });
});

describe("two pulls of one model", () => {
  const lockPath = () => join(home, "hub", ".locks", "models--org--tiny", "nerium.lock");
  const writeLock = (text: string): void => {
    mkdirSync(dirname(lockPath()), { recursive: true });
    writeFileSync(lockPath(), text);
  };

  it("wait for each other", async () => {
    writeLock(JSON.stringify({ process: process.pid, machine: hostname() }));
    const holders: string[] = [];
    const sleep = async (milliseconds: number): Promise<void> => {
      waits.push(milliseconds);
      if (waits.length === 3) rmSync(lockPath());
    };
    const onWait = (holder: string): void => void holders.push(holder);
    await pullModel({ repository: "org/tiny", onWait }, settings(), { fetch, sleep });
    expect(waits).toHaveLength(3);
    expect(holders).toEqual([`process ${process.pid} on ${hostname()}`]);
  });

  it("run side by side and give the same", async () => {
    const sleep = (milliseconds: number) =>
      new Promise<void>((resolve) => setTimeout(resolve, milliseconds / 20));
    const both = await Promise.all(
      [1, 2].map(() => pullModel({ repository: "org/tiny" }, settings(), { fetch, sleep })),
    );
    expect(both[0]!.folder).toBe(both[1]!.folder);
    expect(hub.seen.filter(({ server }) => server === "store")).toHaveLength(1);
  });

  it("do not wait for a dead one", async () => {
    writeLock(JSON.stringify({ process: 2 ** 22 + 12_345, machine: hostname() }));
    await pull();
    expect(waits).toEqual([]);
  });
});

describe("settings", () => {
  it("are those of Hugging Face's own tools", () => {
    const cacheOf = (more: Record<string, string>) => hubSettings(more).cache;
    expect(cacheOf({ HF_HOME: "/a" })).toBe("/a/hub");
    expect(cacheOf({ HF_HOME: "/a", HF_HUB_CACHE: "/b" })).toBe("/b");
    expect(cacheOf({ XDG_CACHE_HOME: "/c" })).toBe("/c/huggingface/hub");
    expect(hubSettings({}).endpoint).toBe("https://huggingface.co");
    expect(hubSettings({ HF_ENDPOINT: "https://mirror.example/" }).endpoint).toBe("https://mirror.example");
    expect(hubSettings({ HF_HUB_OFFLINE: "TRUE" }).offline).toBe(true);
    expect(hubSettings({ HF_HUB_OFFLINE: "0" }).offline).toBe(false);
    expect(() => hubSettings({ HF_ENDPOINT: "mirror" })).toThrow(NeriumError);
  });

  it("find the token in the environment or where a login has left it", () => {
    writeFileSync(join(home, "token"), "hf_file\n");
    expect(hubSettings({ HF_HOME: home }).token).toBe("hf_file");
    expect(hubSettings({ HF_HOME: home, HF_TOKEN: "hf_env" }).token).toBe("hf_env");
    expect(hubSettings({ HF_HOME: join(home, "none") }).token).toBeUndefined();
  });
});

describe("a model's name or path", () => {
  it("is a path where there is one", async () => {
    expect(await resolveModel(home)).toBe(home);
  });

  it("is said to be missing, with the command that fetches it", async () => {
    const error = await refusal(resolveModel("org/none", { environment: environment() }));
    expect(error.message).toContain("run: nerium pull org/none");
    const path = await refusal(resolveModel("/no/such/folder"));
    expect(path.message).toContain("expected a model's folder or file, built-in or");
    expect(path.message).toContain("or the name of a repository");
  });

  it("is the package's folder for a built-in model", async () => {
    expect(await readdir(await resolveModel("built-in"))).toContain("nerium.json");
  });
});
