/** @file Environment variables → the folder for what Nerium could make again but would rather not. */
import { homedir } from "node:os";
import { join } from "node:path";

/** NERIUM_CACHE, or `nerium` in XDG_CACHE_HOME, which is ~/.cache if not set. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const value = (name: string): string | undefined => environment[name]?.trim() || undefined;
  return value("NERIUM_CACHE") ?? join(value("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "nerium");
}
