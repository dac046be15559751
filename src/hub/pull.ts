/** @file A model repository's name → its files in the cache, laid out as Hugging Face's Python library does. */
import { randomUUID } from "node:crypto";
import { copyFile, mkdir, rename, rm, stat, statfs, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { NeriumError } from "../errors.ts";
import type { DownloadEffects } from "../shared/download.ts";
import { downloadFile } from "../shared/download.ts";
import { authorization, hubAdvice, listFiles, type HubFile } from "./listing.ts";
import { lock } from "./lock.ts";
import {
  checkRepository,
  defaultRevision,
  foldersOf,
  isCommit,
  type RepositoryFolders,
} from "./repository.ts";
import { findSnapshot } from "./resolve-model.ts";
import { selectDescription, selectFiles } from "./select-files.ts";
import type { HubSettings } from "./settings.ts";

export interface PullRequest {
  readonly repository: string;
  /** A branch, tag or commit; "main" if absent. */
  readonly revision?: string | undefined;
  /** One GGUF file instead of configuration, tokenizer and safetensors. */
  readonly gguf?: string | undefined;
  /** Configuration and tokenizer alone. The name then still resolves to nothing: what it stands for is not whole. */
  readonly descriptionOnly?: boolean | undefined;
  /** Bytes of all files that are there so far, of all that are wanted, and the file that is coming. */
  readonly onProgress?: ((bytes: number, total: number, file: string) => void) | undefined;
  readonly onWait?: ((holder: string) => void) | undefined;
}

export interface PulledFile {
  readonly path: string;
  readonly bytes: number;
  readonly status: "downloaded" | "present";
}

export interface Pulled {
  readonly repository: string;
  readonly revision: string;
  readonly commit: string;
  /** The snapshot's folder. */
  readonly folder: string;
  readonly files: readonly PulledFile[];
}

/**
 * Fetches what is missing. Files are named by their content, checked, and linked into the snapshot one by one; the
 * reference is written last, so that what a name resolves to is whole.
 */
export async function pullModel(
  request: PullRequest,
  settings: HubSettings,
  effects: DownloadEffects,
): Promise<Pulled> {
  const { repository, revision = defaultRevision } = request;
  checkRepository(repository, revision);
  if (settings.offline) return await pulledBefore(request, settings, revision);
  const folders = foldersOf(settings.cache, repository, revision);
  const held = await lock(folders.lock, { ...effects, onWait: request.onWait });
  try {
    return await pullLocked({ ...request, revision }, settings, folders, effects);
  } finally {
    await held[Symbol.asyncDispose]();
  }
}

async function pullLocked(
  request: PullRequest & { readonly revision: string },
  settings: HubSettings,
  folders: RepositoryFolders,
  effects: DownloadEffects,
): Promise<Pulled> {
  const { repository, revision } = request;
  const { commit, files } = await listFiles(repository, revision, settings, folders.root, effects);
  const { descriptionOnly = false } = request;
  const selected = descriptionOnly
    ? selectDescription(files, repository)
    : selectFiles(files, repository, request.gguf);
  const missing = await filterAsync(
    selected,
    async ({ blob, bytes }) => !(await isWhole(folders, blob, bytes)),
  );
  await checkSpace(folders, missing);
  const total = selected.reduce((sum, { bytes }) => sum + bytes, 0);
  let there = total - missing.reduce((sum, { bytes }) => sum + bytes, 0);
  const isMissing = new Set(missing);
  const folder = join(folders.snapshots, commit);
  for (const file of selected) {
    if (isMissing.has(file)) {
      const onProgress = (bytes: number): void => request.onProgress?.(there + bytes, total, file.path);
      await fetchBlob(file, { repository, revision, commit, settings, folders, onProgress }, effects);
      there += file.bytes;
    }
    await link(join(folders.blobs, file.blob), join(folder, ...file.path.split("/")));
  }
  if (!isCommit(revision) && !descriptionOnly) await writeReference(folders.reference, commit);
  return {
    repository,
    revision,
    commit,
    folder,
    files: selected.map((file) => ({
      path: file.path,
      bytes: file.bytes,
      status: isMissing.has(file) ? "downloaded" : "present",
    })),
  };
}

/** Offline nothing is fetched: what was pulled before is told, or that there is nothing. */
async function pulledBefore(
  { repository, gguf }: PullRequest,
  settings: HubSettings,
  revision: string,
): Promise<Pulled> {
  const { folder, commit } = await findSnapshot(repository, revision, settings);
  if (gguf !== undefined) {
    await stat(join(folder, gguf)).catch((cause: unknown) => {
      const problem = `expected ${gguf} in the cache, got none; pull it when you are online`;
      throw new NeriumError("UNREADABLE", problem, { file: folder, cause });
    });
  }
  return { repository, revision, commit, folder, files: [] };
}

async function filterAsync<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const verdicts = await Promise.all(items.map(test));
  return items.filter((_, index) => verdicts[index]);
}

async function isWhole({ blobs }: RepositoryFolders, blob: string, bytes: number): Promise<boolean> {
  const found = await stat(join(blobs, blob)).catch(() => undefined);
  return found?.size === bytes;
}

/** Better said before hours of download than after. */
async function checkSpace({ root, blobs }: RepositoryFolders, missing: readonly HubFile[]): Promise<void> {
  await mkdir(blobs, { recursive: true });
  const { bavail, bsize } = await statfs(blobs);
  const free = bavail * bsize;
  const begun = await Promise.all(
    missing.map(({ blob }) =>
      stat(partialPath(blobs, blob)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const needed =
    missing.reduce((sum, { bytes }) => sum + bytes, 0) - begun.reduce((sum, size) => sum + size, 0);
  if (needed <= free) return;
  const [need, have] = [needed, free].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
  const problem = `expected ${need} of free space, got ${have}; make room, or set HF_HOME to a larger disk`;
  throw new NeriumError("UNREADABLE", problem, { file: root });
}

const partialPath = (blobs: string, blob: string): string => join(blobs, `${blob}.incomplete`);

interface BlobContext {
  readonly repository: string;
  readonly revision: string;
  readonly commit: string;
  readonly settings: HubSettings;
  readonly folders: RepositoryFolders;
  readonly onProgress: (bytes: number) => void;
}

async function fetchBlob(file: HubFile, context: BlobContext, effects: DownloadEffects): Promise<void> {
  const { repository, revision, commit, settings, folders, onProgress } = context;
  const place = file.path.split("/").map(encodeURIComponent).join("/");
  await downloadFile(
    {
      url: `${settings.endpoint}/${repository}/resolve/${commit}/${place}`,
      path: join(folders.blobs, file.blob),
      partial: partialPath(folders.blobs, file.blob),
      sha256: file.sha256,
      gitSha1: file.sha256 === undefined ? file.blob : undefined,
      maxBytes: file.bytes,
      headersFor: authorization(settings),
      advice: hubAdvice(repository, revision, settings),
      onProgress,
    },
    effects,
  );
}

/** A relative link, so that the cache can be moved; a copy where the system allows no links. */
async function link(blob: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await symlink(relative(dirname(path), blob), temporary);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
    await copyFile(blob, temporary);
  }
  await replace(temporary, path);
}

async function writeReference(path: string, commit: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, commit);
  await replace(temporary, path);
}

async function replace(temporary: string, path: string): Promise<void> {
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
