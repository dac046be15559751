/** @file `nerium tag` of the built package over a big file → its memory while it goes on, and abstracts a second. */
import { spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

/** Bytes that a process has resident now, and at most so far; Linux only. */
function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string): number => 1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
  return { now: field("VmRSS"), peak: field("VmHWM") };
}

/** `abstracts` are repeated until there are `count`. The files lie in the temporary folder and are removed. */
export async function benchBigFile(count: number, abstracts: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nerium-bench-"));
  try {
    const [input, output] = [join(folder, "big.jsonl"), join(folder, "out.jsonl")];
    function* rows(): Generator<string> {
      for (let id = 0; id < count; id++)
        yield `${JSON.stringify({ id: `${id}`, text: abstracts[id % abstracts.length] })}\n`;
    }
    await pipeline(Readable.from(rows()), createWriteStream(input));
    console.log(`${count} abstracts, ${megabytes(statSync(input).size)} MB`);
    const began = performance.now();
    const child = spawn(process.execPath, ["dist/cli/main.js", "tag", input, "-o", output], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const watch = watchMemory(child.pid!, began);
    const status = await new Promise((resolve) => child.once("close", resolve));
    watch.stop();
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `  ended with ${String(status)}: ${(count / seconds).toFixed(1)} abstracts/s, peak ${megabytes(watch.peak())} MB`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function watchMemory(pid: number, began: number) {
  let [peak, told] = [0, 0];
  const timer = setInterval(() => {
    try {
      const memory = memoryOf(pid);
      peak = Math.max(peak, memory.peak || 0);
      if (performance.now() - told < 30_000) return;
      told = performance.now();
      const seconds = ((told - began) / 1000).toFixed(0);
      console.log(`  after ${seconds} s: ${megabytes(memory.now)} MB, peak ${megabytes(memory.peak)} MB`);
    } catch {
      clearInterval(timer); // it has ended
    }
  }, 500);
  return { peak: () => peak, stop: () => clearInterval(timer) };
}
