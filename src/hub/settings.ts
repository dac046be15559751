/** @file Environment variables of Hugging Face's own tools → where models come from and where they are kept. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { NeriumError } from "../errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** Holds a folder for each model, laid out as Hugging Face's Python library does. */
  readonly cache: string;
  readonly token: string | undefined;
  readonly offline: boolean;
}

const publicEndpoint = "https://huggingface.co";
const yes = new Set(["1", "on", "yes", "true"]);

/** HF_ENDPOINT, HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HF_TOKEN, HF_TOKEN_PATH and HF_HUB_OFFLINE. */
export function hubSettings(environment: Environment): HubSettings {
  const value = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const home = value("HF_HOME") ?? join(value("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "huggingface");
  const endpoint = (value("HF_ENDPOINT") ?? publicEndpoint).replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]/.test(endpoint) || !URL.canParse(endpoint)) {
    throw new NeriumError(
      "USAGE",
      `HF_ENDPOINT: expected an address that begins with https://, got ${JSON.stringify(endpoint)}`,
    );
  }
  return {
    endpoint,
    cache: value("HF_HUB_CACHE") ?? join(home, "hub"),
    token: value("HF_TOKEN") ?? storedToken(value("HF_TOKEN_PATH") ?? join(home, "token")),
    offline: yes.has((value("HF_HUB_OFFLINE") ?? "").toLowerCase()),
  };
}

/** What `hf auth login` has written. */
function storedToken(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined; // most people have none
  }
}
