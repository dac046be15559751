/** @file A run of all tests → a cache folder of its own, so that tests neither find nor leave anything in the person's. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder = "";

export function setup(): void {
  folder = mkdtempSync(join(tmpdir(), "nerium-cache-"));
  process.env["NERIUM_CACHE"] = folder;
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true });
}
