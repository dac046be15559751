/** @file A model repository's revision → its commit and files with their sizes and checksums, as the hub tells them. */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { NeriumError } from "../errors.ts";
import type { DownloadAdvice, DownloadEffects } from "../shared/download.ts";
import { downloadFile } from "../shared/download.ts";
import type { HubSettings } from "./settings.ts";

export interface HubFile {
  /** Within the repository, with slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Name of its content in the cache: what the hub gives as its tag. */
  readonly blob: string;
  /** Of large files; the others have Git's SHA-1 as `blob`. */
  readonly sha256: string | undefined;
}

export interface Listing {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** The largest listings (thousands of checkpoints) have some megabytes. */
const maxListingBytes = 50_000_000;
const maxFiles = 100_000;

const hex = (length: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${length}}$`));
const modelInfo = z.looseObject({
  sha: hex(40),
  siblings: z
    .array(
      z.looseObject({
        rfilename: z.string().min(1).max(1_000),
        size: z.int().min(0),
        blobId: hex(40),
        lfs: z.looseObject({ sha256: hex(64), size: z.int().min(0) }).nullish(),
      }),
    )
    .max(maxFiles),
});

/** The token goes to the hub itself and nowhere else, wherever it redirects to. */
export function authorization({ endpoint, token }: HubSettings) {
  const { origin } = new URL(endpoint);
  return (url: URL): Record<string, string> => ({
    "user-agent": "nerium",
    ...(token !== undefined && url.origin === origin && { authorization: `Bearer ${token}` }),
  });
}

/** Asks the hub; `folder` is where the answer may stand while it is read. */
export async function listFiles(
  repository: string,
  revision: string,
  settings: HubSettings,
  folder: string,
  effects: DownloadEffects,
): Promise<Listing> {
  const place = encodeURIComponent(revision);
  const url = `${settings.endpoint}/api/models/${repository}/revision/${place}?blobs=true`;
  const path = join(folder, `listing-${process.pid}.json`);
  const partial = `${path}.partial`;
  await mkdir(folder, { recursive: true });
  try {
    const advice = hubAdvice(repository, revision, settings);
    const headersFor = authorization(settings);
    await downloadFile({ url, path, partial, maxBytes: maxListingBytes, advice, headersFor }, effects);
    return parseListing(await readFile(path, "utf8"), url);
  } finally {
    await Promise.all([path, partial, `${partial}.json`].map((one) => rm(one, { force: true })));
  }
}

function parseListing(text: string, url: string): Listing {
  const refuse = (problem: string, cause?: unknown): NeriumError =>
    new NeriumError("DATA", `expected a list of files from ${url}, ${problem}; is HF_ENDPOINT right?`, {
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse("got no JSON", cause);
  }
  const parsed = modelInfo.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw refuse(`got another answer (${path.join(".")}: ${message})`);
  }
  const files = parsed.data.siblings.map(({ rfilename, size, blobId, lfs }) => ({
    path: checkedPath(rfilename, refuse),
    bytes: lfs?.size ?? size,
    blob: lfs?.sha256 ?? blobId,
    sha256: lfs?.sha256,
  }));
  return { commit: parsed.data.sha, files };
}

/** A name must not lead out of the snapshot's folder, on any system. */
function checkedPath(path: string, refuse: (problem: string) => NeriumError): string {
  const parts = path.split("/");
  const isPlain = parts.every(
    (part) => part !== "" && part !== "." && part !== ".." && !/[\\:\0]/.test(part),
  );
  if (isPlain) return path;
  throw refuse(`got a file named ${JSON.stringify(path.slice(0, 80))}`);
}

/** What the hub's refusals mean, and what to do. */
export function hubAdvice(repository: string, revision: string, settings: HubSettings): DownloadAdvice {
  const page = `${settings.endpoint}/${repository}`;
  const given = settings.token !== undefined;
  const refused = (status: number, headers: Headers): string => {
    const code = headers.get("x-error-code");
    if (code === "GatedRepo" || (status === 403 && given))
      return given
        ? `access must be granted first: open ${page} with the account of your token and ask for it`
        : `access must be granted first: open ${page}, ask for it, and set HF_TOKEN to a token of that account`;
    if (code === "RevisionNotFound") return `there is no revision ${revision} of ${repository}; see ${page}`;
    if (code === "EntryNotFound") return `the file is not in ${repository} at this revision; see ${page}`;
    if (code === "RepoNotFound" || status === 404)
      return `there is no model ${repository}, or it is private: check its spelling${given ? ", and that your token may read it" : "; a private one needs HF_TOKEN"}`;
    if (status === 401)
      return given
        ? "the token is not accepted: make a new one and set HF_TOKEN to it"
        : `${repository} needs a login or does not exist: check its spelling, and set HF_TOKEN to a token of yours`;
    return `see ${page}`;
  };
  return {
    refused,
    unreachable: `try again later, or run with --offline if the model was pulled before; behind a mirror set HF_ENDPOINT`,
    tooLarge: "the file is larger than its repository says",
    lookUp: `see ${page}`,
  };
}
