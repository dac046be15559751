/** @file Rows → a file that exists only when it is complete, and that a run that was interrupted goes on with. */
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { inBlocks } from "../corpora/index.ts";
import { NeriumError } from "../errors.ts";

export interface ResumableOutput {
  readonly path: string;
  /** What makes the rows: a part that is there is gone on with only if it was made by the same. */
  readonly identity: unknown;
  /** Line ends that end a row and stand nowhere else in it: 1, or 2 where a row is several lines and a blank one. */
  readonly lineEnds: 1 | 2;
  /** Rows are taken over in multiples of this. */
  readonly rowsAtOnce: number;
  /** Leaves what is there. */
  readonly afresh: boolean;
  /** Told before the first row is asked for. */
  readonly onStart: (found: FoundPart) => void;
}

export interface FoundPart {
  /** Rows that are taken over. */
  readonly rows: number;
  /** Where a part lies that another run has left, and that is overwritten. */
  readonly stranger?: string;
}

interface Places {
  readonly part: string;
  /** Says whose the part is. */
  readonly side: string;
}

function placesOf(path: string): Places {
  const part = join(dirname(path), `.${basename(path)}.part`);
  return { part, side: `${part}.json` };
}

/**
 * Writes to a hidden neighbour (`.name.part`), and beside it what makes the rows (`.name.part.json`). Both stay when
 * the process is killed, on abort and when the system refuses (a full disk): the next run goes on with them. An error
 * of the input or the model removes them: nobody can go on from there. `rows` is asked for those behind the given count.
 */
export async function writeResumable(
  output: ResumableOutput,
  rows: (done: number) => AsyncIterable<string>,
): Promise<void> {
  const places = placesOf(output.path);
  await mkdir(dirname(output.path), { recursive: true });
  const found = await takeOver(places, output);
  output.onStart(found);
  try {
    await append(places.part, rows(found.rows));
    await rename(places.part, output.path);
    await rm(places.side, { force: true });
  } catch (error) {
    if (error instanceof NeriumError)
      for (const path of Object.values(places)) await rm(path, { force: true });
    throw error;
  }
}

async function takeOver({ part, side }: Places, output: ResumableOutput): Promise<FoundPart> {
  const mine = JSON.stringify(output.identity);
  const theirs = await readFile(side, "utf8").catch(() => undefined);
  if (!output.afresh && theirs === mine) {
    const { rows, bytes } = await completeRows(part, output);
    if (rows > 0) {
      await truncate(part, bytes);
      return { rows };
    }
  }
  const stranger = !output.afresh && theirs !== undefined && theirs !== mine ? { stranger: part } : {};
  // In this order: a part never lies beside what another run says of itself.
  await rm(part, { force: true });
  await writeFile(side, mine);
  return { rows: 0, ...stranger };
}

/** The complete rows of a part, in multiples, and where the last of them ends; none of a file that is not there. */
async function completeRows(
  part: string,
  { lineEnds, rowsAtOnce }: Pick<ResumableOutput, "lineEnds" | "rowsAtOnce">,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  let [rows, ends, place] = [0, 0, 0];
  let complete = { rows: 0, bytes: 0 };
  try {
    for await (const block of createReadStream(part, {
      highWaterMark: 1 << 20,
    }) as AsyncIterable<Uint8Array>) {
      for (const byte of block) {
        place++;
        if (byte === 0) return complete; // what a power cut leaves of a block that was not yet on the disk
        ends = byte === 0x0a ? ends + 1 : 0;
        if (ends < lineEnds) continue;
        [rows, ends] = [rows + 1, 0];
        if (rows % rowsAtOnce === 0) complete = { rows, bytes: place };
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return complete;
}

/** Blocks are small: what is not written when the process is killed has to be made again. */
async function append(path: string, rows: AsyncIterable<string>): Promise<void> {
  const file = await open(path, "a");
  try {
    for await (const block of inBlocks(rows)) await file.writeFile(block);
    await file.sync(); // a rename may otherwise reach the disk before the content does
  } finally {
    await file.close();
  }
}
