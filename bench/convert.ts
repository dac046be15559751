/**
 * @file `nerium convert` of the built package on files made on the spot → MB of all that is read for each second of
 * the clock and of the processor, and the largest resident memory, for the text formats; copying the file is the
 * baseline. `npm run bench convert [megabytes]`; 1000 is a gigabyte.
 */
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { machine } from "./measure.ts";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
/** From each text format, and into it; jsonl is the other end. */
const formats = ["pubtator", "jsonl", "bio", "bc2", "marked"] as const;
type Format = (typeof formats)[number];

interface Run {
  readonly seconds: number;
  /** Of all threads, user and system: other work on the machine disturbs it less than the clock. */
  readonly processorSeconds: number;
  readonly residentMegabytes: number;
}

/** GNU time is not everywhere: the kernel's own figures are asked while the process lives, the last time just before its end. */
async function timed(words: readonly string[]): Promise<Run> {
  const start = performance.now();
  const child = spawn(words[0]!, words.slice(1), { stdio: ["ignore", "ignore", "inherit"] });
  let [residentMegabytes, processorSeconds] = [0, 0];
  const watch = setInterval(() => {
    residentMegabytes = Math.max(residentMegabytes, residentPeak(child.pid!));
    processorSeconds = Math.max(processorSeconds, processorTime(child.pid!));
  }, 50);
  const status = await new Promise((resolve) => child.once("close", resolve));
  clearInterval(watch);
  if (status !== 0) throw new Error(`${words.join(" ")} ended with ${String(status)}`);
  return { seconds: (performance.now() - start) / 1000, processorSeconds, residentMegabytes };
}

/** 0 for a process that has just ended, as below. */
function residentPeak(pid: number): number {
  return Number(/VmHWM:\s*(\d+)/.exec(ofProcess(pid, "status"))?.[1] ?? 0) / 1024;
}

/** The 14th and 15th field, in hundredths of a second (proc(5)). */
function processorTime(pid: number): number {
  const [user = 0, system = 0] = ofProcess(pid, "stat")
    .split(") ")
    .at(-1)!
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return (user + system) / 100;
}

function ofProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** Abstracts of some 1,500 characters with 12 mentions, as PubTator. */
function pubTatorBlock(first: number, documents: number): string {
  let block = "";
  for (let id = first; id < first + documents; id++) {
    const sentence =
      "Patients with hypertensive crisis received naloxone and the β-blocker was withdrawn at once. ";
    const abstract = sentence.repeat(16).trim();
    let lines = "";
    for (let at = 0; at < 12; at++) {
      const start = 6 + at * sentence.length + 14;
      lines += `${id}\t${start}\t${start + 19}\thypertensive crisis\tDisease\tD006973\n`;
    }
    block += `${id}|t|Title\n${id}|a|${abstract}\n${lines}\n`;
  }
  return block;
}

function makeFile(path: string, megabytes: number): void {
  writeFileSync(path, "");
  for (let id = 1, size = 0; size < megabytes * 1e6; id += 1000) {
    const block = pubTatorBlock(id, 1000);
    appendFileSync(path, block);
    size += Buffer.byteLength(block);
  }
}

function pathOf(folder: string, format: Format): string {
  if (format === "bc2") return join(folder, "bc2", "corpus.in");
  return join(folder, `corpus.${format === "bio" ? "tsv" : format === "marked" ? "marked.txt" : format}`);
}

export async function benchConvert(words: readonly string[]): Promise<void> {
  const megabytes = Number(words.find((word) => /^\d+$/.test(word)) ?? 100);
  const folder = mkdtempSync(join(tmpdir(), "nerium-bench-"));
  try {
    console.log(machine());
    const source = pathOf(folder, "pubtator");
    makeFile(source, megabytes);
    const copied = await timed(["cp", source, join(folder, "copy")]);
    rmSync(join(folder, "copy"));
    report("cp (baseline)", [source], copied);
    for (const format of formats) {
      if (format !== "pubtator")
        report(`pubtator → ${format}`, [source], await convert(source, folder, format));
      const path = pathOf(folder, format);
      const answers = format === "bc2" ? [path.replace(/in$/, "GENE.eval")] : [];
      const told = answers.flatMap((answer) => ["--eval", answer]);
      const out = join(folder, format === "jsonl" ? "out.pubtator" : "out.jsonl");
      const run = await timed([process.execPath, program, "convert", path, out, ...told]);
      report(`${format} → ${format === "jsonl" ? "pubtator" : "jsonl"}`, [path, ...answers], run);
      rmSync(out);
      if (format !== "pubtator") rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function convert(source: string, folder: string, format: Format): Promise<Run> {
  return timed([process.execPath, program, "convert", source, pathOf(folder, format), "--to", format]);
}

function report(what: string, read: readonly string[], run: Run): void {
  const { seconds, processorSeconds, residentMegabytes } = run;
  const size = read.reduce((sum, path) => sum + statSync(path).size, 0) / 1e6;
  const processor =
    processorSeconds === 0 ? "" : `, ${(size / processorSeconds).toFixed(1)} MB/s of the processor`;
  console.log(
    `${what}: ${size.toFixed(0)} MB in ${seconds.toFixed(1)} s, ${(size / seconds).toFixed(1)} MB/s${processor}, ` +
      `${residentMegabytes.toFixed(0)} MB resident`,
  );
}
