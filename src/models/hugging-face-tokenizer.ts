/** @file A model's folder or file → its tokenizer and chat template, whichever kind of vocabulary is there. */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { NeriumError } from "../errors.ts";
import { openGguf } from "../formats/gguf-source.ts";
import { type ChatTemplate, openChatTemplate } from "../tokens/chat-template.ts";
import { readGgufVocabulary } from "../tokens/gguf-vocabulary.ts";
import { parseLlama2cVocabulary } from "../tokens/llama2c-vocabulary.ts";
import { type LooseTokenizerJson, parseTokenizerJson } from "../tokens/parse-tokenizer-json.ts";
import { sentencePieceJson } from "../tokens/sentencepiece-json.ts";
import { looksLikeSentencePiece, parseSentencePiece } from "../tokens/sentencepiece-model.ts";
import { looksLikeTiktoken, tiktokenJson } from "../tokens/tiktoken-json.ts";
import { openTokenizer } from "../tokens/tokenizer.ts";
import type { Tokenizer } from "../tokens/types.ts";
import { readBytes, readJsonFile, readText } from "./hugging-face-files.ts";

export interface LanguageModelTokenizer {
  readonly tokenizer: Tokenizer;
  /** What it was opened from, e.g. to be saved beside a fine-tuned model. */
  readonly json: LooseTokenizerJson;
  /** As chat templates call them: `bos_token`, `eos_token`, `pad_token`, `unk_token` … */
  readonly namedTokens: Readonly<Record<string, string>>;
  /** Whether a prompt begins with `bos_token`. */
  readonly addBosToken: boolean;
  readonly chatTemplate: ChatTemplate | undefined;
  /** Its source, where there is one. */
  readonly chatTemplateSource: string | undefined;
}

interface Parts {
  readonly json: LooseTokenizerJson;
  readonly namedTokens: Readonly<Record<string, string>>;
  readonly addBosToken: boolean | undefined;
  readonly chatTemplateSource: string | undefined;
  readonly file: string;
}

/**
 * `path` is a folder (tokenizer.json, else tokenizer.model, *.tiktoken or tokenizer.bin), a GGUF file, or a model of
 * llama2.c with its vocabulary beside it.
 */
export async function openModelTokenizer(path: string): Promise<LanguageModelTokenizer> {
  const parts = path.endsWith(".gguf") ? await fromGguf(path) : await fromFolder(path);
  const { json, namedTokens, chatTemplateSource, file } = parts;
  const { pad_token: pad, unk_token: unknown, mask_token: mask, sep_token: separator } = namedTokens;
  const specials = {
    ...(pad !== undefined && { pad }),
    ...(unknown !== undefined && { unknown }),
    ...(mask !== undefined && { mask }),
    ...(separator !== undefined && { separator }),
  };
  const tokenizer = openTokenizer(json, { specials });
  const settings = { specialTokens: tokenizer.specialTokens.keys(), namedTokens, file };
  return {
    tokenizer,
    json,
    namedTokens,
    addBosToken: parts.addBosToken ?? addsBosToken(json, namedTokens["bos_token"]),
    chatTemplate:
      chatTemplateSource === undefined ? undefined : openChatTemplate(chatTemplateSource, settings),
    chatTemplateSource,
  };
}

/** Files that do not say it: the post-processor may add it, and SentencePiece's models have it as a matter of course. */
function addsBosToken(json: LooseTokenizerJson, bos: string | undefined): boolean {
  if (bos === undefined) return false;
  if (json["post_processor"] !== null && json["post_processor"] !== undefined) {
    return JSON.stringify(json["post_processor"]).includes(JSON.stringify(bos));
  }
  return json.model["byte_fallback"] === true;
}

async function fromGguf(path: string): Promise<Parts> {
  await using file = await openGguf(path);
  const { json, namedTokens, chatTemplate } = readGgufVocabulary(file.metadata, path);
  const added = file.metadata.get("tokenizer.ggml.add_bos_token")?.value;
  const addBosToken = typeof added === "boolean" ? added : undefined;
  return { json, namedTokens, addBosToken, chatTemplateSource: chatTemplate, file: path };
}

const token = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();
const namedFile = z.looseObject({
  bos_token: token,
  eos_token: token,
  pad_token: token,
  unk_token: token,
  mask_token: token,
  sep_token: token,
});
const addedToken = z.looseObject({ content: z.string().min(1), special: z.boolean().default(false) });
const configFile = namedFile.extend({
  chat_template: z
    .union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))])
    .nullish(),
  add_bos_token: z.boolean().nullish(),
  added_tokens_decoder: z.record(z.string().regex(/^\d{1,8}$/), addedToken).nullish(),
});
type ConfigFile = z.output<typeof configFile>;

async function fromFolder(path: string): Promise<Parts> {
  const { bytes, file, kind } = await findVocabulary(path);
  const folder = path.endsWith(".bin") ? dirname(path) : path;
  const config: Partial<ConfigFile> =
    (await readJsonFile(join(folder, "tokenizer_config.json"), configFile)) ?? {};
  const map = (await readJsonFile(join(folder, "special_tokens_map.json"), namedFile)) ?? {};
  const json = kind === "json" ? parseTokenizerJson(decode(bytes)) : converted(bytes, file, config);
  return {
    json,
    namedTokens: { ...defaultNames(json, kind), ...namesIn(map), ...namesIn(config) },
    addBosToken: config.add_bos_token ?? undefined,
    chatTemplateSource: (await readText(join(folder, "chat_template.jinja"))) ?? templateIn(config),
    file,
  };
}

const decode = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

interface Vocabulary {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly kind: "json" | "other";
}

async function findVocabulary(path: string): Promise<Vocabulary> {
  const folder = path.endsWith(".bin") ? dirname(path) : path;
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new NeriumError("UNREADABLE", "expected a model's folder", { file: folder, cause });
  });
  const known = [
    ...(path.endsWith(".bin") ? [] : ["tokenizer.json", "tokenizer.model"]),
    ...names.filter((name) => name.endsWith(".tiktoken")),
    ...names.filter((name) => /^tok(enizer|\d+)\.bin$/.test(name)),
  ];
  for (const name of known) {
    const file = join(folder, name);
    const bytes = await readBytes(file);
    if (bytes !== undefined) return { bytes, file, kind: name.endsWith(".json") ? "json" : "other" };
  }
  const expected = "tokenizer.json, tokenizer.model, a .tiktoken file or llama2.c's tokenizer.bin";
  const problem = `expected ${expected}, got ${names.slice(0, 12).join(", ") || "an empty folder"}; fetch the model's tokenizer`;
  throw new NeriumError("TOKENIZER", problem, { file: folder });
}

function converted(bytes: Uint8Array, file: string, config: Partial<ConfigFile>): LooseTokenizerJson {
  const json = looksLikeTiktoken(bytes)
    ? tiktokenJson(bytes, undefined, file)
    : looksLikeSentencePiece(bytes) && !file.endsWith(".bin")
      ? sentencePieceJson(parseSentencePiece(bytes, file))
      : sentencePieceJson(parseLlama2cVocabulary(bytes, file));
  const known = new Set(json.added_tokens.map(({ id }) => id));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const more = Object.entries(config.added_tokens_decoder ?? {})
    .map(([id, { content, special }]) => ({ ...flags, id: Number(id), content, special }))
    .filter(({ id }) => !known.has(id))
    .sort((a, b) => a.id - b.id);
  return { ...json, added_tokens: [...json.added_tokens, ...more] };
}

function namesIn(file: Readonly<Record<string, unknown>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const key of Object.keys(namedFile.shape)) {
    const value = file[key];
    if (typeof value === "string") found[key] = value;
    else if (typeof value === "object" && value !== null) found[key] = String(Reflect.get(value, "content"));
  }
  return found;
}

/** What families call them whose vocabulary files do not say it. */
function defaultNames({ added_tokens: added }: LooseTokenizerJson, kind: Vocabulary["kind"]) {
  if (kind === "json") return {};
  const has = new Set(added.map(({ content }) => content));
  const candidates = {
    bos_token: ["<|begin_of_text|>", "<s>"],
    eos_token: ["<|eot_id|>", "<|im_end|>", "<|end_of_text|>", "</s>"],
    pad_token: ["<|finetune_right_pad_id|>", "<|finetune_right_pad|>", "<|endoftext|>", "<pad>"],
    unk_token: ["<unk>"],
  };
  return Object.fromEntries(
    Object.entries(candidates).flatMap(([name, tokens]) => {
      const found = tokens.find((content) => has.has(content));
      return found === undefined ? [] : [[name, found]];
    }),
  );
}

function templateIn({ chat_template: template }: Partial<ConfigFile>): string | undefined {
  if (!Array.isArray(template)) return template ?? undefined;
  return template.find(({ name }) => name === "default")?.template;
}
