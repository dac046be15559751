/** @file One request to a server that may be busy, broken or slow → its completion, after as many tries as are worth it. */
import { NeriumError } from "../../errors.ts";
import { BadBody, BrokenAnswer, type Completion, readCompletion, readText } from "./stream.ts";

export interface RequestOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Tries after the first. */
  readonly retries: number;
  /** Milliseconds without any sign of life after which a try is given up. */
  readonly timeout: number;
  /** First wait before another try, in milliseconds; each further one is twice as long. */
  readonly backOff: number;
  /** Longest wait, in milliseconds; a server that asks for more makes the run fail. */
  readonly longestWait: number;
  readonly fetch: typeof fetch;
  /** Waits, or is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly random: () => number;
  readonly now: () => number;
}

/** What all requests of a run share: a server that is overrun asks all of them to wait. */
export interface Gate {
  openAt: number;
  retries: number;
  /** Answers that came whole. */
  answered: number;
}

/** The server does not take the request as it is: other requests of its kind need not be tried. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A try that failed but may be repeated; `wait` is what the server asks for. */
interface Setback {
  readonly problem: string;
  readonly wait?: number | undefined;
  /** What came of the answer before the server broke it off. */
  readonly broken?: Completion | undefined;
}

const worthRetrying: ReadonlySet<number> = new Set([
  408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529,
]);

/**
 * Throws Refused, NeriumError (no tries left), or the signal's reason. An answer that the server breaks off in every try
 * is given as far as it goes, if other answers were whole: a sentence that a server stumbles over must not end a long run.
 */
export async function request(
  body: object,
  { mostCharacters }: { readonly mostCharacters: number },
  options: RequestOptions,
  gate: Gate,
  signal: AbortSignal | undefined,
): Promise<Completion> {
  let last: Setback = { problem: "" };
  for (let attempt = 0; attempt <= options.retries; attempt++) {
    if (attempt > 0) {
      gate.retries++;
      await options.sleep(waitBefore(attempt, last, options), signal);
    }
    const closed = gate.openAt - options.now();
    if (closed > 0) await options.sleep(closed, signal);
    signal?.throwIfAborted();
    const result = await attemptOnce(body, mostCharacters, options, signal);
    if ("text" in result) {
      gate.answered++;
      return result;
    }
    last = result;
    if (result.wait !== undefined) gate.openAt = Math.max(gate.openAt, options.now() + result.wait);
  }
  if (last.broken !== undefined && gate.answered > 0) return { ...last.broken, finish: "error" };
  const tries = `${options.retries + 1} ${options.retries === 0 ? "try" : "tries"}`;
  throw new NeriumError(
    "SERVER",
    `${options.url}: no answer after ${tries}, the last: ${last.problem}; run the same command again to go on`,
  );
}

function waitBefore(attempt: number, { problem, wait }: Setback, options: RequestOptions): number {
  const { backOff, longestWait, random, url } = options;
  if (wait !== undefined && wait > longestWait) {
    const seconds = Math.ceil(wait / 1000);
    throw new NeriumError(
      "SERVER",
      `${url}: ${problem}; it asks to wait ${seconds} s, which is longer than allowed`,
    );
  }
  const usual = Math.min(longestWait, backOff * 2 ** (attempt - 1)) * (0.75 + 0.5 * random());
  return Math.max(wait ?? 0, usual);
}

async function attemptOnce(
  body: object,
  mostCharacters: number,
  { url, headers, timeout, fetch, now }: RequestOptions,
  signal: AbortSignal | undefined,
): Promise<Completion | Setback> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), timeout);
  const onLife = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), timeout);
  };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      signal: signal === undefined ? silence.signal : AbortSignal.any([silence.signal, signal]),
      redirect: "error",
    });
    onLife();
    if (!response.ok) return await setback(response, now);
    const streamed = (response.headers.get("content-type") ?? "").startsWith("text/event-stream");
    return await readCompletion(response.body ?? emptyBody(), { streamed, mostCharacters, onLife });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Refused) throw error;
    if (silence.signal.aborted) return { problem: `no sign of life for ${timeout / 1000} s` };
    if (error instanceof BrokenAnswer) return { problem: error.message, broken: error.completion };
    if (error instanceof BadBody) return { problem: error.message };
    return { problem: reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

/** fetch hides what happened in the cause: "fetch failed" helps nobody. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

/** What a status other than 200 means. Throws Refused where repeating would not help. */
async function setback(response: Response, now: () => number): Promise<Setback> {
  const text = await readText(response.body ?? emptyBody(), 10_000).catch(() => "");
  const problem = `HTTP ${response.status}${messageOf(text)}`;
  if (!worthRetrying.has(response.status)) throw new Refused(response.status, problem);
  return { problem, wait: waitOf(response.headers, now) };
}

/** Servers say what is wrong in `error.message`, `error`, `message` or `detail`, or in plain text. */
function messageOf(text: string): string {
  let said: unknown = text;
  try {
    const parsed = JSON.parse(text) as { error?: { message?: unknown }; message?: unknown; detail?: unknown };
    said = parsed.error?.message ?? parsed.error ?? parsed.message ?? parsed.detail;
  } catch {
    // plain text, or a page
  }
  const line = (typeof said === "string" ? said : text).replaceAll(/\s+/g, " ").trim().slice(0, 300);
  return line === "" ? "" : `: ${line}`;
}

/** `retry-after-ms`, or Retry-After in seconds or as a date. */
function waitOf(headers: Headers, now: () => number): number | undefined {
  const milliseconds = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
  const after = headers.get("retry-after");
  if (after === null) return undefined;
  const seconds = Number(after);
  if (Number.isFinite(seconds)) return Math.max(0, 1000 * seconds);
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now());
}
