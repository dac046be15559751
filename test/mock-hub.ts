/** @file Two servers on this machine: a hub that lists and redirects, a store that sends large files; both can misbehave. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly server: "hub" | "store";
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** Answers one request instead of the server; false: not this one. */
export type Fault = (seen: SeenRequest, response: ServerResponse) => boolean;

export interface MockHub extends AsyncDisposable {
  readonly endpoint: string;
  readonly seen: SeenRequest[];
  /** Tried in order; a fault that has answered is gone. */
  readonly faults: Fault[];
  readonly files: Map<string, Buffer>;
  commit: string;
  /** Anything but this token is not let in; undefined: everybody is. */
  token: string | undefined;
}

export const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
export const gitSha1 = (bytes: Buffer): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

const isLarge = (path: string): boolean => /\.(safetensors|gguf|bin)$/.test(path);

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

function sendFile(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  const tag = `"${sha256(bytes).slice(0, 16)}"`;
  const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
  const rest = from !== undefined && request.headers["if-range"] === tag ? Number(from) : 0;
  if (rest >= bytes.length && rest > 0) {
    response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    return;
  }
  response.setHeader("etag", tag);
  response.setHeader("content-length", bytes.length - rest);
  if (rest > 0) response.setHeader("content-range", `bytes ${rest}-${bytes.length - 1}/${bytes.length}`);
  response.writeHead(rest > 0 ? 206 : 200).end(bytes.subarray(rest));
}

/** The hub's listing as its API gives it. */
function listing({ files, commit }: MockHub): string {
  const siblings = [...files].map(([rfilename, bytes]) => ({
    rfilename,
    size: bytes.length,
    blobId: gitSha1(bytes),
    ...(isLarge(rfilename) && { lfs: { sha256: sha256(bytes), size: bytes.length, pointerSize: 130 } }),
  }));
  return JSON.stringify({ id: "org/tiny", sha: commit, private: false, siblings });
}

export async function startMockHub(files: Record<string, string | Buffer>): Promise<MockHub> {
  const see = (server: "hub" | "store", { url = "", headers }: IncomingMessage): SeenRequest => {
    const seen = { server, path: url, range: headers.range, authorization: headers.authorization };
    hub.seen.push(seen);
    return seen;
  };
  const intercepted = (seen: SeenRequest, response: ServerResponse): boolean => {
    const at = hub.faults.findIndex((fault) => fault(seen, response));
    if (at !== -1) hub.faults.splice(at, 1);
    return at !== -1;
  };
  const store = await listen((request, response) => {
    const seen = see("store", request);
    const bytes = hub.files.get(decodeURIComponent(seen.path.slice(1)));
    if (intercepted(seen, response)) return;
    if (bytes === undefined) response.writeHead(404).end();
    else sendFile(request, response, bytes);
  });
  const front = await listen((request, response) => {
    const seen = see("hub", request);
    if (intercepted(seen, response)) return;
    if (hub.token !== undefined && seen.authorization !== `Bearer ${hub.token}`) {
      response.writeHead(401, { "x-error-code": "GatedRepo" }).end();
      return;
    }
    const [, resolved] = /^\/org\/tiny\/resolve\/[0-9a-f]{40}\/(.+)$/.exec(seen.path) ?? [];
    const path = resolved && decodeURIComponent(resolved);
    const bytes = path === undefined ? undefined : hub.files.get(path);
    if (/^\/api\/models\/org\/tiny\/revision\/(main|v1|[0-9a-f]{40})\?blobs=true$/.test(seen.path)) {
      response.writeHead(200, { "content-type": "application/json" }).end(listing(hub));
    } else if (path === undefined || bytes === undefined) {
      response.writeHead(404, { "x-error-code": "RepoNotFound" }).end();
    } else if (isLarge(path)) {
      const target = `http://127.0.0.1:${store.port}/${encodeURIComponent(path)}`;
      response.writeHead(302, { location: target }).end();
    } else sendFile(request, response, bytes);
  });
  const hub: MockHub = {
    endpoint: `http://127.0.0.1:${front.port}`,
    seen: [],
    faults: [],
    files: new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])),
    commit: "0123456789abcdef0123456789abcdef01234567",
    token: undefined,
    async [Symbol.asyncDispose]() {
      for (const { server } of [store, front]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  return hub;
}
