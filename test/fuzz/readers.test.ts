/**
 * @file Every reader on mutated files: it yields documents whose mentions lie inside their texts, or a NeriumError that
 * names file and line; nothing else, in bounded time and memory. NERIUM_FUZZ=1000000 is the nightly mode;
 * NERIUM_FUZZ_SEED repeats a run.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { FuzzJob, FuzzReport } from "./child.ts";
import { targets } from "./targets.ts";

const nightly = process.env["NERIUM_FUZZ"];
const inputs = Number(nightly ?? 10_000);
const seed = Number(process.env["NERIUM_FUZZ_SEED"] ?? (nightly === undefined ? 4 : Date.now() % 2 ** 31));
/** No input has more than some 100 kB: whoever takes so long for one hangs, be the machine ever so busy. */
const patience = 60_000;
const maxHeapMegabytes = 512;
const loader = fileURLToPath(new URL("../../scripts/source-worker.mjs", import.meta.url));

async function fuzzAll(): Promise<readonly FuzzReport[]> {
  const inputFile = join(tmpdir(), `nerium-fuzz-${process.pid}`);
  const job: FuzzJob = { runs: Math.ceil(inputs / targets.length), seed, inputFile };
  const child = fork(loader, [new URL("child.ts", import.meta.url).href, JSON.stringify(job)], {
    execArgv: [`--max-old-space-size=${maxHeapMegabytes}`],
    silent: true,
  });
  const reports: FuzzReport[] = [];
  child.on("message", (report) => reports.push(report as FuzzReport));
  const ending = await endOf(child, inputFile);
  const failures = reports.flatMap(({ target, failure }) =>
    failure === undefined ? [] : [`${target}: ${failure}`],
  );
  if (ending !== undefined) {
    failures.push(
      `${targets[reports.length]?.name}: ${ending}; its input is in ${inputFile}, after 32 bytes`,
    );
  }
  if (failures.length > 0) throw new Error(`seed ${seed}\n${failures.join("\n\n")}`);
  rmSync(inputFile);
  return reports;
}

/** Undefined for a good end; else how the process ended, with what it said last. */
function endOf(child: ChildProcess, inputFile: string): Promise<string | undefined> {
  let said = "";
  child.stderr!.on("data", (text) => (said = `${said}${String(text)}`.slice(0, 4000)));
  return new Promise((resolve) => {
    let before = "";
    const watch = setInterval(() => {
      const now = existsSync(inputFile) ? readFileSync(inputFile).subarray(0, 32).toString() : "";
      if (now === before) child.kill("SIGKILL");
      before = now;
    }, patience);
    child.on("exit", (code, signal) => {
      clearInterval(watch);
      if (code === 0) resolve(undefined);
      else resolve(signal === "SIGKILL" ? `no end after ${patience / 1000} s` : said);
    });
  });
}

it(
  `survive ${inputs} mutated files`,
  async () => {
    const reports = await fuzzAll();
    expect(reports.map(({ target }) => target)).toEqual(targets.map(({ name }) => name));
    // A fuzzer whose inputs are all refused, or none, tests little.
    for (const { target, read, refused } of reports) {
      expect([target, read > 0, refused > 0]).toEqual([target, true, true]);
    }
  },
  24 * 60 * 60 * 1000,
);
