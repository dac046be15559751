/** @file A process that fuzzes one reader after another: a reader that hangs or fills the memory takes only this process with it. */
import { openSync, writeSync } from "node:fs";
import * as fc from "fast-check";
import type { Document } from "../../src/documents/index.ts";
import { judgeDocuments, judgeError } from "./judge.ts";
import { mutated, mutations } from "./mutations.ts";
import { read, targets } from "./targets.ts";
import type { Target } from "./targets.ts";

export interface FuzzJob {
  readonly runs: number;
  readonly seed: number;
  /** Each input is written here before it is read. */
  readonly inputFile: string;
}

/** What became of one target. */
export interface FuzzReport {
  readonly target: string;
  readonly read: number;
  readonly refused: number;
  readonly failure?: string | undefined;
}

const { runs, seed, inputFile } = JSON.parse(process.argv[3]!) as FuzzJob;
const input = openSync(inputFile, "w");
let inputs = 0;

async function fuzz(target: Target): Promise<FuzzReport> {
  const count = { read: 0, refused: 0 };
  for (const bytes of target.seeds) await collect(target, bytes, bytes.length); // a seed that is refused is of no use
  const sizes = fc.constantFrom(1 << 20, 1 << 20, 4096, 100, 7, 1);
  const property = fc.asyncProperty(fc.nat(99), mutations, sizes, async (which, list, size) => {
    const bytes = mutated(target.seeds[which % target.seeds.length]!, list);
    announce(bytes);
    // One byte at a time only where that does not take long.
    await attempt(target, bytes, Math.max(size, bytes.length >> 12), count);
  });
  const details = await fc.check(property, { numRuns: runs, seed });
  if (!details.failed) return { target: target.name, ...count };
  const { stack = "" } = details.errorInstance as Error;
  return { target: target.name, ...count, failure: `${fc.defaultReportMessage(details)}\n${stack}` };
}

/** The input's number and length on a line of their own, then the input. */
function announce(bytes: Buffer): void {
  const head = `${++inputs} ${bytes.length}`.padEnd(31);
  writeSync(input, Buffer.concat([Buffer.from(`${head}\n`), bytes]), 0, undefined, 0);
}

async function attempt(
  target: Target,
  bytes: Buffer,
  size: number,
  count: { read: number; refused: number },
) {
  let documents: readonly Document[];
  try {
    documents = await collect(target, bytes, size);
    count.read++;
  } catch (error) {
    count.refused++;
    judgeError(error, target.lines);
    return;
  }
  judgeDocuments(documents);
}

async function collect(target: Target, bytes: Buffer, size: number): Promise<Document[]> {
  const documents: Document[] = [];
  for await (const document of read(target, bytes, size)) documents.push(document);
  return documents;
}

for (const target of targets) process.send!(await fuzz(target));
process.disconnect();
