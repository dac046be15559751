/**
 * @file A tokenizer that Nerium trained and texts in PubTator → how many of the texts llama.cpp would read as the same tokens,
 * under each of its pre-tokenizers' names: npx tsx --conditions=@nerium/source scripts/own-pre-tokens.ts tokenizer.json file
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCorpus } from "../src/corpora/index.ts";
import { parseTokenizerJson } from "../src/tokens/parse-tokenizer-json.ts";
import { openTokenizer } from "../src/tokens/tokenizer.ts";
import { llamaCppPreTokenizers, openUnderName } from "../test/llama-cpp-pre-tokens.ts";

const [tokenizer = "builtin/tokenizer.json", corpus = ""] = process.argv.slice(2);
const json = parseTokenizerJson(JSON.parse(readFileSync(tokenizer, "utf8")));
const texts: string[] = [];
for await (const { passages } of openCorpus(corpus)) texts.push(...passages.map(({ text }) => text));
const encodings = await openTokenizer(json).encodeBatch(texts);
const folder = mkdtempSync(join(tmpdir(), "nerium-pre-tokens-"));
for (const name of llamaCppPreTokenizers) {
  await using theirs = await openUnderName(json, name, join(folder, "vocabulary.gguf"));
  const same = encodings.filter(({ text, ids }) => theirs.tokenize(text).join() === ids.join());
  console.log(`${name}: ${same.length} of ${texts.length} texts`);
}
rmSync(folder, { recursive: true });
