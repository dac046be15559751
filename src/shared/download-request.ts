/** @file An address and a place to go on from → an HTTP response that gives bytes, after a bounded number of redirects. */
import { NeriumError } from "../errors.ts";

/** The network and the clock, as a caller gives them. */
export interface DownloadEffects {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Ends the download; what has come so far is kept. */
  readonly signal?: AbortSignal | undefined;
}

export interface Source {
  readonly url: string;
  /** Bytes that are there already; asked for only if the server's file is still the one of `validator`. */
  readonly from: number;
  readonly validator: string | undefined;
  /** How long the server may stay silent, in milliseconds. */
  readonly silence: number;
  /** Further headers for an address; asked anew for each redirect, so that a secret goes to no other host. */
  readonly headersFor?: ((url: URL) => Readonly<Record<string, string>>) | undefined;
  /** Where a person may look where an address leads nowhere: "see the corpus's homepage". */
  readonly lookUp: string;
}

export interface Opened {
  readonly status: number;
  readonly headers: Headers;
  /** Throws what the network throws, or when the server stays silent. */
  readonly chunks: AsyncGenerator<Uint8Array>;
  /** Hangs up. */
  close(): void;
}

const redirects = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 5;

/** Follows redirects, but never from https to http. Throws UNREADABLE where an address leads nowhere, else what fetch throws. */
export async function openSource(source: Source, effects: DownloadEffects): Promise<Opened> {
  const watch = silenceWatch(source.silence, effects.signal);
  try {
    let url = checkedAddress(source.url, source);
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const headers = { ...requestHeaders(source), ...source.headersFor?.(url) };
      const response = await effects.fetch(url.href, { headers, redirect: "manual", signal: watch.signal });
      watch.heard();
      const target = redirects.has(response.status) ? response.headers.get("location") : null;
      if (target === null) return opened(response, watch);
      await response.body?.cancel();
      const next = checkedAddress(target, source, url);
      if (url.protocol === "https:" && next.protocol === "http:") {
        throw unusable(source, `it redirects from https to ${next.href}`);
      }
      url = next;
    }
    throw unusable(source, `it redirects more than ${mostRedirects} times`);
  } catch (error) {
    watch.close();
    throw error;
  }
}

function requestHeaders({ from, validator }: Source): Record<string, string> {
  // Compressed on its way, a file would have other bytes than those that we count and resume at.
  const plain = { "accept-encoding": "identity" };
  if (from === 0 || validator === undefined) return plain;
  return { ...plain, range: `bytes=${from}-`, "if-range": validator };
}

function checkedAddress(text: string, source: Source, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw unusable(source, `${JSON.stringify(text)} is no address that begins with https:// or http://`);
}

function unusable({ url, lookUp }: Source, problem: string): NeriumError {
  return new NeriumError("UNREADABLE", `expected a file at ${url}, but ${problem}; ${lookUp}`);
}

function opened(response: Response, watch: ReturnType<typeof silenceWatch>): Opened {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of response.body ?? []) {
        watch.heard();
        yield chunk;
      }
    } finally {
      watch.close();
    }
  }
  return { status: response.status, headers: response.headers, chunks: chunks(), close: watch.close };
}

/** A signal that fires when nothing has been heard for so long, or when `outer` does. */
function silenceWatch(milliseconds: number, outer: AbortSignal | undefined) {
  const hangUp = new AbortController();
  const onSilence = (): void =>
    hangUp.abort(new Error(`the server said nothing for ${milliseconds / 1000} s`));
  const onOuter = (): void => hangUp.abort(outer?.reason);
  let timer = setTimeout(onSilence, milliseconds);
  outer?.addEventListener("abort", onOuter);
  if (outer?.aborted === true) onOuter();
  return {
    signal: hangUp.signal,
    heard: () => {
      clearTimeout(timer);
      timer = setTimeout(onSilence, milliseconds);
    },
    close: () => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onOuter);
      hangUp.abort(new Error("the download is over"));
    },
  };
}
