/** @file An address → a file on disk that is whole and has the right checksum, in as many attempts as it takes. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NeriumError } from "../errors.ts";
import type { DownloadEffects, Opened } from "./download-request.ts";
import { openSource } from "./download-request.ts";

export type { DownloadEffects } from "./download-request.ts";

export interface DownloadRequest {
  readonly url: string;
  /** Where the file will stand. */
  readonly path: string;
  /** Where what has come so far stands; beside the file as `.name.partial` if absent. */
  readonly partial?: string | undefined;
  /** What the file must have; not checked if absent. */
  readonly sha256?: string | undefined;
  /** Git's name for the content: SHA-1 of a short header and the bytes. */
  readonly gitSha1?: string | undefined;
  /** A larger file is the wrong one. */
  readonly maxBytes?: number | undefined;
  readonly attempts?: number | undefined;
  /** How long the server may stay silent, in milliseconds. */
  readonly silence?: number | undefined;
  readonly headersFor?: ((url: URL) => Readonly<Record<string, string>>) | undefined;
  readonly advice: DownloadAdvice;
  readonly onProgress?: ((bytes: number, total: number | undefined) => void) | undefined;
}

/** What a person is told to do, in the words of whoever wants the file. */
export interface DownloadAdvice {
  /** Why the server refuses, and what to do. */
  readonly refused: (status: number, headers: Headers) => string;
  /** What to do where the server cannot be reached. */
  readonly unreachable: string;
  /** What a file that is too large is not. */
  readonly tooLarge: string;
  /** Where to look where an address leads nowhere. */
  readonly lookUp: string;
}

export interface Downloaded {
  readonly bytes: number;
  readonly sha256: string;
}

const defaults = { maxBytes: 4 * 2 ** 30, attempts: 5, silence: 30_000 };
/** Nobody waits long to hear that there is no network. */
const attemptsOffline = 2;
const firstWait = 1000;
const longestWait = 60_000;

/** Why an attempt came to nothing, though another might do better. */
interface Setback {
  readonly problem: string;
  readonly code: string | undefined;
  /** How long the server wants us to wait, in milliseconds. */
  readonly wait?: number;
}

/**
 * Downloads a file, going on where an earlier attempt or run was cut off. Throws UNREADABLE where it cannot be had and
 * DATA where it is not the right one; only the former keeps what has come so far.
 */
export async function downloadFile(request: DownloadRequest, effects: DownloadEffects): Promise<Downloaded> {
  const { attempts = defaults.attempts } = request;
  await mkdir(dirname(request.path), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const setback = await tryOnce(request, effects);
    if (setback === undefined) break;
    effects.signal?.throwIfAborted();
    if (attempt >= (isUnreachable(setback) ? Math.min(attempts, attemptsOffline) : attempts))
      throw await givenUp(request, setback);
    await effects.sleep(setback.wait ?? Math.min(longestWait, firstWait * 2 ** (attempt - 1)));
  }
  const partial = partialPaths(request);
  const { size } = await stat(partial.data);
  const sha256 = await hashOf(partial.data, createHash("sha256"));
  const header = createHash("sha1").update(`blob ${size}\0`);
  const checks = [
    ["sha256", request.sha256, sha256],
    ["git's sha1", request.gitSha1, request.gitSha1 && (await hashOf(partial.data, header))],
  ] as const;
  for (const [kind, expected, got] of checks) {
    if (expected === undefined || got === expected) continue;
    await discard(request);
    throw wrongChecksum(request.url, `${kind} ${expected}`, String(got));
  }
  await rename(partial.data, request.path);
  await rm(partial.note, { force: true });
  return { bytes: size, sha256 };
}

/** The checksum of a file, in lower-case hexadecimal digits. */
export function sha256Of(path: string): Promise<string> {
  return hashOf(path, createHash("sha256"));
}

async function hashOf(path: string, hash: Hash): Promise<string> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

type Place = Pick<DownloadRequest, "path" | "partial">;

function partialPaths({ path, partial }: Place) {
  const data = partial ?? join(dirname(path), `.${basename(path)}.partial`);
  return { data, note: `${data}.json` };
}

async function discard(place: Place): Promise<void> {
  const { data, note } = partialPaths(place);
  await Promise.all([rm(data, { force: true }), rm(note, { force: true })]);
}

/** Undefined when the whole file has come. */
async function tryOnce(request: DownloadRequest, effects: DownloadEffects): Promise<Setback | undefined> {
  const { url, silence = defaults.silence, headersFor, advice } = request;
  const partial = await readPartial(request);
  const { lookUp } = advice;
  let source: Opened;
  try {
    source = await openSource({ url, ...partial, silence, headersFor, lookUp }, effects);
  } catch (error) {
    return setbackOf(error);
  }
  try {
    const { status, headers } = source;
    if (status === 416) {
      // All of it has come already: the run ended between the last byte and the renaming.
      if (partial.from > 0 && headers.get("content-range") === `bytes */${partial.from}`) return undefined;
      await discard(request);
      return { problem: "the server has less than we have", code: undefined, wait: 0 };
    }
    if (status !== 200 && status !== 206) return refusal(request, status, headers);
    const from = status === 206 ? partial.from : 0;
    const total = totalBytes(headers, status, from);
    if (total === "wrong-range") {
      await discard(request);
      return { problem: "the server sent another part than was asked for", code: undefined, wait: 0 };
    }
    return await receive(request, source, from, total);
  } finally {
    source.close();
  }
}

/** How much has come so far, if it is known of which state of the server's file. */
async function readPartial(request: DownloadRequest) {
  const { url } = request;
  const nothing = { from: 0, validator: undefined };
  const { data, note } = partialPaths(request);
  try {
    const { size } = await stat(data);
    const noted = JSON.parse(await readFile(note, "utf8")) as { url?: unknown; validator?: unknown };
    if (noted.url !== url || typeof noted.validator !== "string") return nothing;
    return { from: size, validator: noted.validator };
  } catch {
    return nothing; // nothing there, or a note that was cut off: the file is fetched from its start
  }
}

/** Size of the whole file; undefined if the server does not say. */
function totalBytes(headers: Headers, status: number, from: number): number | undefined | "wrong-range" {
  if (status === 200) return wholeNumber(headers.get("content-length"));
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  return range === null || Number(range[1]) !== from ? "wrong-range" : wholeNumber(range[2]!);
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

async function receive(
  request: DownloadRequest,
  source: Opened,
  from: number,
  total: number | undefined,
): Promise<Setback | undefined> {
  const { url, maxBytes = defaults.maxBytes, onProgress } = request;
  const { data, note } = partialPaths(request);
  if (total !== undefined && total > maxBytes) throw await tooLarge(request, maxBytes);
  await rm(note, { force: true }); // while the two do not belong together there is no note
  const file = await open(data, from === 0 ? "w" : "a");
  let bytes = from;
  try {
    await writeFile(note, JSON.stringify({ url, validator: validatorOf(source.headers) }));
    for (let next = await nextChunk(source); next !== undefined; next = await nextChunk(source)) {
      if ("problem" in next) return next;
      bytes += next.length;
      if (bytes > maxBytes) throw await tooLarge(request, maxBytes);
      await file.writeFile(next);
      onProgress?.(bytes, total);
    }
    if (total !== undefined && bytes !== total) {
      return { problem: `the connection ended after ${bytes} of ${total} bytes`, code: undefined };
    }
    await file.sync(); // the rename may otherwise reach the disk before the content does
    return undefined;
  } finally {
    await file.close();
  }
}

/** The network's faults are setbacks, the disk's are not: only reading is guarded. */
async function nextChunk({ chunks }: Opened): Promise<Uint8Array | Setback | undefined> {
  try {
    const next = await chunks.next();
    return next.done === true ? undefined : next.value;
  } catch (error) {
    return setbackOf(error);
  }
}

/** By what the server will know its file again; a weak tag does not promise the same bytes (RFC 9110, 13.1.5). */
function validatorOf(headers: Headers): string | undefined {
  const tag = headers.get("etag");
  return tag !== null && /^".*"$/.test(tag) ? tag : (headers.get("last-modified") ?? undefined);
}

function setbackOf(error: unknown): Setback {
  if (error instanceof NeriumError || !(error instanceof Error)) throw error;
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = "code" in cause ? String(cause.code) : undefined;
  return { problem: cause.message === "" ? (code ?? error.message) : cause.message, code };
}

/** Too many requests and the server's own faults pass; all else will be refused again. */
function refusal({ url, advice }: DownloadRequest, status: number, headers: Headers): Setback {
  if (status === 408 || status === 429 || status >= 500) {
    const seconds = wholeNumber(headers.get("retry-after"));
    const wait = seconds === undefined ? {} : { wait: Math.min(longestWait, 1000 * seconds) };
    return { problem: `the server answered ${status}`, code: undefined, ...wait };
  }
  const problem = `expected the file at ${url}, got the answer ${status}: ${advice.refused(status, headers)}`;
  throw new NeriumError("UNREADABLE", problem);
}

const unreachable = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function isUnreachable({ code }: Setback): boolean {
  return code !== undefined && unreachable.has(code);
}

async function givenUp(request: DownloadRequest, setback: Setback): Promise<NeriumError> {
  const { url, advice } = request;
  const { problem } = setback;
  const kept = await stat(partialPaths(request).data).then(
    ({ size }) => size,
    () => 0,
  );
  const going = kept === 0 ? "" : `; the ${kept} bytes that came are kept, the same command goes on there`;
  if (isUnreachable(setback)) {
    const offline = `${new URL(url).host} cannot be reached (${problem}): this machine is offline, or the server is down`;
    return new NeriumError("UNREADABLE", `${offline}; ${advice.unreachable}${going}`);
  }
  return new NeriumError(
    "UNREADABLE",
    `expected the file at ${url}, but ${problem}; try again later${going}`,
  );
}

async function tooLarge(request: DownloadRequest, maxBytes: number): Promise<NeriumError> {
  await discard(request);
  const problem = `expected at most ${maxBytes} bytes from ${request.url}, got more: ${request.advice.tooLarge}; nothing was kept`;
  return new NeriumError("DATA", problem);
}

function wrongChecksum(url: string, expected: string, got: string): NeriumError {
  const problem = `expected ${expected} of ${url}, got ${got}: the file was changed at its source or on its way; nothing was kept`;
  return new NeriumError("DATA", problem);
}
