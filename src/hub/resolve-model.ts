/** @file A path, a repository's name or "built-in" → the local folder (or file) of the model; nothing is fetched. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { NeriumError } from "../errors.ts";
import { builtinModels } from "./builtin-models.ts";
import { checkRepository, defaultRevision, foldersOf, isCommit, isRepositoryName } from "./repository.ts";
import { type Environment, type HubSettings, hubSettings } from "./settings.ts";

export interface ResolveOptions {
  /** A branch, tag or commit; "main" if absent. */
  readonly revision?: string | undefined;
  readonly environment?: Environment | undefined;
}

/**
 * What is there as a path is that path; names of built-in models are the package's folders; "org/name" is the snapshot that `nerium pull` or Hugging Face's own tools have
 * put into the cache. Anything else is UNREADABLE, with the command that fetches it.
 */
export async function resolveModel(nameOrPath: string, options: ResolveOptions = {}): Promise<string> {
  const { revision = defaultRevision, environment = process.env } = options;
  const isThere = await stat(nameOrPath).then(
    () => true,
    () => false,
  );
  if (isThere) return nameOrPath;
  const builtin = builtinModels.get(nameOrPath);
  if (builtin !== undefined) return builtin;
  if (!isRepositoryName(nameOrPath)) {
    const names = [...builtinModels.keys()].join(" or ");
    const problem = `expected a model's folder or file, ${names}, or the name of a repository (org/name), got none of them`;
    throw new NeriumError("UNREADABLE", problem, { file: nameOrPath });
  }
  return (await findSnapshot(nameOrPath, revision, hubSettings(environment))).folder;
}

export interface Snapshot {
  readonly folder: string;
  readonly commit: string;
}

/** The snapshot of a revision, by its reference or its commit. */
export async function findSnapshot(
  repository: string,
  revision: string,
  { cache }: Pick<HubSettings, "cache">,
): Promise<Snapshot> {
  checkRepository(repository, revision);
  const { root, reference, snapshots } = foldersOf(cache, repository, revision);
  const commit = isCommit(revision) ? revision : await readReference(reference);
  const folder = commit === undefined ? undefined : join(snapshots, commit);
  const names = folder === undefined ? [] : await readdir(folder).catch(() => []);
  if (commit !== undefined && folder !== undefined && names.length > 0) return { folder, commit };
  const more = revision === defaultRevision ? "" : ` --revision ${revision}`;
  const problem = `expected ${repository} (${revision}) in the cache, got none; run: nerium pull ${repository}${more}`;
  throw new NeriumError("UNREADABLE", problem, { file: root });
}

async function readReference(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return isCommit(text.trim()) ? text.trim() : undefined;
}
