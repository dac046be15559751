/** @file Outputs that were interrupted: what is taken over, what is not, what is left behind when. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NeriumError } from "../errors.ts";
import { type FoundPart, type ResumableOutput, writeResumable } from "./resumable-output.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nerium-part-"));
  path = join(folder, "deep", "out.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const long = "x".repeat(20_000); // a block of its own
const row = (index: number, end: string): string => `${index} ${long}${end}`;
const whole = (end: string): string => Array.from({ length: 10 }, (_, index) => row(index, end)).join("");

/** Writes ten rows but fails before the row `failAt`. */
async function writeRows(
  change: Partial<ResumableOutput> = {},
  failAt = Infinity,
  error = new Error("stop"),
) {
  let found: FoundPart | undefined;
  const output: ResumableOutput = {
    path,
    identity: { model: "a" },
    lineEnds: 1,
    rowsAtOnce: 2,
    afresh: false,
    onStart: (part) => (found = part),
    ...change,
  };
  async function* rows(done: number): AsyncGenerator<string> {
    for (let index = done; index < 10; index++) {
      if (index === failAt) throw error;
      yield row(index, "\n".repeat(output.lineEnds));
    }
  }
  const failed = await writeResumable(output, rows).then(
    () => false,
    () => true,
  );
  return { ...found!, failed };
}

const part = (): string => join(folder, "deep", ".out.jsonl.part");

test.each([1, 2] as const)(
  "goes on after the last complete group of rows that end in %i line ends",
  async (lineEnds) => {
    expect(await writeRows({ lineEnds }, 5)).toEqual({ rows: 0, failed: true });
    expect(existsSync(path)).toBe(false);
    writeFileSync(part(), "5 torn\n".slice(0, lineEnds === 1 ? 6 : 7), { flag: "a" });
    expect(await writeRows({ lineEnds })).toEqual({ rows: 4, failed: false });
    expect(readFileSync(path, "utf8")).toBe(whole("\n".repeat(lineEnds)));
    expect(readdirSync(join(folder, "deep"))).toEqual(["out.jsonl"]);
  },
);

test("does not believe what a power cut left", async () => {
  await writeRows({}, 4);
  writeFileSync(part(), Buffer.concat([readFileSync(part()), Buffer.alloc(4096), Buffer.from("\n\n\n\n")]));
  expect(await writeRows()).toEqual({ rows: 4, failed: false });
  expect(readFileSync(path, "utf8")).toBe(whole("\n"));
});

test("does not go on with a stranger's part, and says so", async () => {
  await writeRows({}, 4);
  expect(await writeRows({ identity: { model: "b" } })).toEqual({ rows: 0, stranger: part(), failed: false });
  expect(readFileSync(path, "utf8")).toBe(whole("\n"));
});

test("starts afresh if told so", async () => {
  await writeRows({}, 4);
  expect(await writeRows({ afresh: true })).toEqual({ rows: 0, failed: false });
  expect(readFileSync(path, "utf8")).toBe(whole("\n"));
});

test("leaves nothing of an input that is at fault, and what was there before", async () => {
  await writeRows();
  writeFileSync(path, "old");
  const fault = new NeriumError("CORPUS_FORMAT", "no row");
  expect(await writeRows({}, 6, fault)).toMatchObject({ failed: true });
  expect(readdirSync(join(folder, "deep"))).toEqual(["out.jsonl"]);
  expect(readFileSync(path, "utf8")).toBe("old");
});
