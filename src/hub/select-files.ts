/** @file The files of a repository → those that Nerium needs: configuration, tokenizer and safetensors, or one GGUF file. */
import { NeriumError } from "../errors.ts";
import type { HubFile } from "./listing.ts";

const small = new Set([
  "config.json",
  "generation_config.json",
  "adapter_config.json",
  "nerium.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "tokenizer.model",
  "chat_template.jinja",
  "vocab.json",
  "merges.txt",
]);
/** Not `consolidated.safetensors`, which has the same weights again. */
const weights =
  /^(?:model|adapter_model)(?:-\d{5}-of-\d{5})?\.safetensors$|^model\.safetensors\.index\.json$/;
const more = /^(?:.*\.tiktoken|README\.md|(?:LICEN[CS]E|USE_POLICY|NOTICE)[^/]*)$/i;

/** Configuration and tokenizer alone: some megabytes at most, whatever the model. */
export function selectDescription(files: readonly HubFile[], repository: string): readonly HubFile[] {
  const selected = files.filter(({ path }) => small.has(path) || path.endsWith(".tiktoken"));
  if (selected.some(({ path }) => path === "config.json")) return selected;
  throw new NeriumError("DATA", `expected a config.json in ${repository}, ${whatElse(files)}`);
}

/** Only files of the repository's top folder: others hold other formats or checkpoints. */
export function selectFiles(
  files: readonly HubFile[],
  repository: string,
  gguf: string | undefined,
): readonly HubFile[] {
  if (gguf !== undefined) return selectGguf(files, repository, gguf);
  const selected = files.filter(({ path }) => small.has(path) || weights.test(path) || more.test(path));
  if (selected.some(({ path }) => path.endsWith(".safetensors"))) return selected;
  throw new NeriumError("DATA", `expected safetensors in ${repository}, ${whatElse(files)}`);
}

function selectGguf(files: readonly HubFile[], repository: string, name: string): readonly HubFile[] {
  const found = files.find(({ path }) => path === name);
  if (found !== undefined && name.endsWith(".gguf")) return [found];
  const known = files.filter(({ path }) => path.endsWith(".gguf")).map(({ path }) => path);
  const there = known.length === 0 ? "no GGUF file at all" : known.slice(0, 30).join(", ");
  throw new NeriumError(
    "USAGE",
    `expected a GGUF file of ${repository}, got ${JSON.stringify(name)}; there is ${there}`,
  );
}

function whatElse(files: readonly HubFile[]): string {
  const gguf = files.find(({ path }) => path.endsWith(".gguf"));
  if (gguf !== undefined) return `got GGUF files; name one: --gguf ${gguf.path}`;
  if (files.some(({ path }) => /\.(bin|pth|pt)$/.test(path)))
    return "got PyTorch files, which can run code when read; look for a converted repository";
  return `got ${
    files
      .slice(0, 12)
      .map(({ path }) => path)
      .join(", ") || "no files"
  }`;
}
