/**
 * @file A corpus of sentences in the order of their texts → JSON Lines with documents of so many sentences, a space between
 * two: names that one sentence explains are then known to those around it.
 * Usage: tsx --conditions=@nerium/source scripts/join-sentences.ts IN OUT.jsonl COUNT [FORMAT TYPE]
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { openCorpus, type CorpusFormat, writeCorpus } from "../src/corpora/index.ts";
import type { Document, Mention } from "../src/documents/index.ts";

const [path, out, count, format, type] = process.argv.slice(2);
const size = Number(count);
if (out === undefined || !(size >= 1))
  throw new Error("usage: join-sentences.ts IN OUT.jsonl COUNT [FORMAT TYPE]");

async function* joined(sentences: AsyncIterable<Document>): AsyncGenerator<Document> {
  let [text, mentions, held, number]: [string, Mention[], number, number] = ["", [], 0, 0];
  const document = (): Document => ({ id: `${number++}`, passages: [{ text, mentions }] });
  for await (const { passages } of sentences) {
    for (const passage of passages) {
      const start = text === "" ? 0 : text.length + 1;
      text += `${text === "" ? "" : " "}${passage.text}`;
      mentions.push(
        ...passage.mentions.map((one) => ({ ...one, start: start + one.start, end: start + one.end })),
      );
      if (++held < size) continue;
      yield document();
      [text, mentions, held] = ["", [], 0];
    }
  }
  if (held > 0) yield document();
}

writeFileSync(out, "");
const options = { ...(format !== undefined && { format: format as CorpusFormat }), type };
for await (const part of writeCorpus("jsonl", joined(openCorpus(path!, options)))) appendFileSync(out, part);
