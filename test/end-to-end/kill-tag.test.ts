/** @file One big file is tagged, the process killed in the middle, and started again: the bytes of an undisturbed run. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeModelFolder } from "../../src/models/model-folder.ts";
import { nerium, program } from "../nerium-process.ts";
import { tinyModel } from "../tiny-models.ts";

let folder = "";
const words = (output: string): string[] => ["tag", "big.jsonl", "-m", "model", "-o", output];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "nerium-kill-tag-"));
  await writeModelFolder(join(folder, "model"), await tinyModel(), "F32");
  const rows = Array.from({ length: 6000 }, (_, id) => {
    const text = `Document ${id}: gout and (renal) failure under IL-${id % 17}, mTOR.`;
    return JSON.stringify({ id: `${id}`, text: text.repeat(1 + (id % 3)) });
  });
  writeFileSync(join(folder, "big.jsonl"), `${rows.join("\n")}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytesOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

/** Runs until so much is written, then ends it; exit code and signal of the process. */
async function interrupted(output: string, signal: NodeJS.Signals) {
  const child = spawn(process.execPath, [...program, ...words(output)], { cwd: folder, stdio: "ignore" });
  const poll = setInterval(() => {
    if (bytesOf(join(folder, `.${output}.part`)) <= 100_000) return;
    clearInterval(poll); // a second Ctrl-C would end it at once
    child.kill(signal);
  }, 5);
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (status, ended) => {
      clearInterval(poll);
      resolve({ status, ended });
    });
  });
}

it("goes on after kill -9 and after Ctrl-C", async () => {
  const undisturbed = await nerium(words("whole.jsonl"), folder);
  expect(undisturbed).toMatchObject({ status: 0 });
  for (const [signal, end] of [
    ["SIGKILL", { status: null, ended: "SIGKILL" }],
    ["SIGINT", { status: 130, ended: null }],
  ] as const) {
    const output = `${signal}.jsonl`;
    expect(await interrupted(output, signal)).toEqual(end);
    expect(existsSync(join(folder, output))).toBe(false);
    const { stderr, status } = await nerium(words(output), folder);
    const taken = Number(/goes on after (\d+) documents/.exec(stderr)?.[1]);
    expect(taken).toBeGreaterThan(0);
    expect(taken % 64).toBe(0);
    expect(stderr).toContain(`nerium: ${6000 - taken} documents, `);
    expect(status).toBe(0);
    expect(readFileSync(join(folder, output)).equals(readFileSync(join(folder, "whole.jsonl")))).toBe(true);
  }
});
