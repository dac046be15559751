/** @file Where the shared data lie, and how a test that needs them is skipped with a visible reason where they are absent. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";

const root = join(import.meta.dirname, "..", "..", "shared", "data");

export function sharedFile(...parts: readonly string[]): string {
  return join(root, ...parts);
}

/** `describe`, or a skipped one that names the file that is missing. */
export function describeWithShared(name: string, path: string, body: () => void): void {
  if (existsSync(path)) describe(name, body);
  else describe.skip(`${name} (skipped: ${path} is not there)`, body);
}
