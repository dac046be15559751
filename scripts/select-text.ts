/**
 * @file Abstracts with one licence each → only those whose licence lets a model trained on them be used by anybody.
 * Usage: tsx scripts/select-text.ts abstracts.txt.gz abstracts.sources.tsv.gz OUT.txt
 */
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";

/** Attribution, share-alike and public-domain licences; no "NC", no "ND", nothing unclear or made for one collection. */
const permissive = /^(?:CC[- ]BY(?:-SA)?(?: \d\.\d)?(?: \(text\))?|CC0|CC-ZERO|CC-MARK|MIT repo)$/;

const [textPath, sourcesPath, outPath] = process.argv.slice(2);
if (outPath === undefined) throw new Error("usage: select-text.ts TEXT.gz SOURCES.tsv.gz OUT");

const lines = (path: string): AsyncIterable<string> =>
  createInterface({ input: createReadStream(path).pipe(createGunzip()), crlfDelay: Infinity });

const licences: string[] = [];
for await (const line of lines(sourcesPath!)) licences.push(line.split("\t")[1]!.trim());
licences.shift(); // the header

const out = createWriteStream(outPath);
let index = 0;
let kept = 0;
for await (const line of lines(textPath!)) {
  if (!permissive.test(licences[index++] ?? "")) continue;
  out.write(`${line}\n`);
  kept++;
}
out.end();
console.log(`${kept} of ${index} abstracts kept`);
