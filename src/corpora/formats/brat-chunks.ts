/** @file brat's files of each document → pieces of named files; documents that share an id get files of their own. */
import type { Document } from "../../documents/index.ts";
import type { FileChunk, WriteOptions } from "../issues.ts";
import { writeBrat } from "./brat-write.ts";

/** A second document called `x` is written to `x-2.txt` and `x-2.ann`, and that is reported. */
export async function* writeBratChunks(
  documents: AsyncIterable<Document>,
  options: WriteOptions = {},
): AsyncGenerator<FileChunk> {
  const taken = new Set<string>();
  for await (const { name, files } of writeBrat(documents, options)) {
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
    taken.add(free);
    if (free !== name) {
      const problem = `another document has this id: written to ${free}.txt`;
      options.onIssue?.({ kind: "document-id-changed", document: name, problem });
    }
    for (const { suffix, content } of files) yield { name: `${free}.${suffix}`, text: content };
  }
}
