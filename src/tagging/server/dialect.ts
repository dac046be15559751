/** @file A server → which kind of grammar it takes, as far as it says what it is. */
import type { RequestOptions } from "./request.ts";
import { readText } from "./stream.ts";

/** How a grammar is sent; `vllm-guided` is vLLM before 0.12. */
export type Grammar = "none" | "llama.cpp" | "vllm" | "vllm-guided";

export const grammarChoices = ["auto", "llama.cpp", "vllm", "none"] as const;
export type GrammarChoice = (typeof grammarChoices)[number];

type Asking = Pick<RequestOptions, "headers" | "timeout" | "fetch">;

/** With `auto`, servers that do not say that they are llama.cpp or vLLM get no grammar. */
export async function grammarOf(base: string, choice: GrammarChoice, asking: Asking): Promise<Grammar> {
  if (choice === "none" || choice === "llama.cpp") return choice;
  const owner = choice === "vllm" ? "vllm" : await ownerOf(base, asking);
  if (owner === "llamacpp") return "llama.cpp";
  if (owner !== "vllm") return "none";
  const said = (await get(`${base.replace(/\/v1$/, "")}/version`, asking)) as
    | { version?: unknown }
    | undefined;
  const [, minor] = /^0\.(\d+)/.exec(typeof said?.version === "string" ? said.version : "") ?? [];
  return minor !== undefined && Number(minor) < 12 ? "vllm-guided" : "vllm";
}

/** `owned_by` of the first model in `GET /v1/models`. */
async function ownerOf(base: string, asking: Asking): Promise<string> {
  const models = (await get(`${base}/models`, asking)) as { data?: { owned_by?: unknown }[] } | undefined;
  const owner = Array.isArray(models?.data) ? models.data[0]?.owned_by : undefined;
  return typeof owner === "string" ? owner.toLowerCase() : "";
}

/** JSON that a server gives, or undefined: not to know is no failure. */
async function get(url: string, { headers, timeout, fetch }: Asking): Promise<unknown> {
  try {
    const signal = AbortSignal.timeout(Math.min(timeout, 10_000));
    const response = await fetch(url, { headers, signal, redirect: "error" });
    if (!response.ok || response.body === null) return undefined;
    return JSON.parse(await readText(response.body, 1_000_000)) as unknown;
  } catch {
    return undefined;
  }
}
