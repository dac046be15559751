/** @file Folders with each kind of vocabulary and each place for a chat template → tokenizers that encode and render. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { trainSample } from "../../test/fixtures/tokens/awkward-texts.ts";
import { failureOf } from "../../test/tiny-models.ts";
import { NeriumError } from "../errors.ts";
import { openModelTokenizer } from "./hugging-face-tokenizer.ts";

const fixtures = join(import.meta.dirname, "..", "..", "test", "fixtures", "tokens");
const models = JSON.parse(await readFile(join(fixtures, "sentencepiece.json"), "utf8")) as Record<
  string,
  { model: string; ids: number[][] }
>;
const { strings } = JSON.parse(await readFile(join(fixtures, "parity.json"), "utf8")) as {
  strings: string[];
};

let folder = "";
beforeEach(async () => {
  const temporary = await mkdtemp(join(tmpdir(), "nerium-tokenizer-"));
  folder = temporary;
  return () => rm(temporary, { recursive: true });
});
const write = (name: string, value: unknown): Promise<void> =>
  writeFile(
    join(folder, name),
    typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value),
  );
const writeSentencePiece = (): Promise<void> =>
  write("tokenizer.model", Buffer.from(models["bpe"]!.model, "base64"));

describe("a model's tokenizer", () => {
  it("is its tokenizer.json, with the names of tokenizer_config.json", async () => {
    await writeSentencePiece(); // tokenizer.json comes first
    await write("tokenizer.json", await trainSample());
    await write("special_tokens_map.json", { sep_token: "<sep>", mask_token: "<sep>" });
    await write("tokenizer_config.json", {
      eos_token: { content: "<sep>", lstrip: false },
      mask_token: "<mask>",
      pad_token: null,
      chat_template: "{{ messages[0].content }}{{ eos_token }}",
    });
    const { tokenizer, namedTokens, chatTemplate, addBosToken } = await openModelTokenizer(folder);
    expect(tokenizer.vocabularySize).toBe(400);
    expect(namedTokens).toEqual({ sep_token: "<sep>", mask_token: "<mask>", eos_token: "<sep>" });
    expect(addBosToken).toBe(false);
    expect(chatTemplate!.render([{ role: "user", content: "<sep>a" }]).pieces).toEqual([
      "<sep>a",
      { special: "<sep>" },
    ]);
  });

  it("is its tokenizer.model, with tokens that were added later", async () => {
    await writeSentencePiece();
    const added = {
      "420": { content: "<pad>", special: true },
      "421": { content: "<|im_start|>", special: true },
    };
    await write("tokenizer_config.json", {
      added_tokens_decoder: added,
      pad_token: "<pad>",
      add_bos_token: true,
    });
    const { tokenizer, namedTokens, addBosToken, chatTemplate } = await openModelTokenizer(folder);
    expect([...(await tokenizer.encode(strings[10]!)).ids]).toEqual(models["bpe"]!.ids[10]);
    expect(tokenizer.specials.pad).toBe(420);
    expect(tokenizer.specialTokens.get("<|im_start|>")).toBe(421);
    expect(namedTokens).toMatchObject({ bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>" });
    expect([addBosToken, chatTemplate]).toEqual([true, undefined]);
  });

  it("has the chat template of a file of its own before that of the config, and the default one of several", async () => {
    await writeSentencePiece();
    const several = [
      { name: "tool_use", template: "tools" },
      { name: "default", template: "usual" },
    ];
    await write("tokenizer_config.json", { chat_template: several });
    expect((await openModelTokenizer(folder)).chatTemplate!.render([]).text).toBe("usual");
    await write("chat_template.jinja", "own");
    expect((await openModelTokenizer(folder)).chatTemplate!.render([]).text).toBe("own");
  });

  it.each([
    ["nothing", {}, /expected tokenizer.json, tokenizer.model, .* got an empty folder/],
    ["other files", { "vocab.txt": "a" }, /got vocab.txt/],
    ["a broken tokenizer.json", { "tokenizer.json": "{" }, /no JSON/],
    [
      "a tokenizer.model of garbage",
      { "tokenizer.model": "garbage" },
      /is it a tokenizer.bin of llama2.c|expected/,
    ],
    ["a broken config", { "tokenizer.json": "{}", "tokenizer_config.json": "[]" }, /tokenizer_config.json/],
    ["a strange template", { "tokenizer_config.json": { chat_template: 1 } }, /chat_template/],
    ["a template that does not parse", { "chat_template.jinja": "{% if %}" }, /chat template/],
  ])("is refused where there is %s", async (_, files, message) => {
    if (message.source.includes("template")) await writeSentencePiece();
    for (const [name, content] of Object.entries(files)) await write(name, content);
    const error = await failureOf(openModelTokenizer(folder));
    expect(error).toBeInstanceOf(NeriumError);
    expect((error as Error).message).toMatch(message);
  });
});
