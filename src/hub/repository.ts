/** @file The name of a model repository and a revision → its folders in the cache. */
import { join } from "node:path";
import { NeriumError } from "../errors.ts";

/** "org/name", or a bare "gpt2" as some old models have it. */
const repositoryName = /^[A-Za-z0-9][\w.-]{0,95}(\/[A-Za-z0-9][\w.-]{0,95})?$/;
/** A branch, a tag or a commit; ".." would lead out of the folder of references. */
const revisionName = /^(?!.*(\.\.|\/\/))[A-Za-z0-9][\w./-]{0,249}$/;
const commitHash = /^[0-9a-f]{40}$/;

export const defaultRevision = "main";

export function isRepositoryName(name: string): boolean {
  return repositoryName.test(name) && !name.includes("..") && !name.includes("--");
}

export function isCommit(revision: string): boolean {
  return commitHash.test(revision);
}

export function checkRepository(name: string, revision: string): void {
  if (!isRepositoryName(name)) {
    const problem = `expected the name of a model repository, e.g. Qwen/Qwen2.5-0.5B, got ${JSON.stringify(name)}`;
    throw new NeriumError("USAGE", problem);
  }
  if (!revisionName.test(revision)) {
    throw new NeriumError(
      "USAGE",
      `expected a branch, tag or commit as revision, got ${JSON.stringify(revision)}`,
    );
  }
}

export interface RepositoryFolders {
  readonly root: string;
  /** Holds the commit of a branch or tag. */
  readonly reference: string;
  readonly blobs: string;
  readonly snapshots: string;
  readonly lock: string;
}

export function foldersOf(cache: string, name: string, revision: string): RepositoryFolders {
  const folder = `models--${name.replace("/", "--")}`;
  const root = join(cache, folder);
  return {
    root,
    reference: join(root, "refs", ...revision.split("/")),
    blobs: join(root, "blobs"),
    snapshots: join(root, "snapshots"),
    lock: join(cache, ".locks", folder, "nerium.lock"),
  };
}
