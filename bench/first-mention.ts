/** @file `nerium tag` on one abstract, as a new process of the built package → seconds to its first mention on stdout. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { machine } from "./measure.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

async function firstMention(): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, ["dist/cli/main.js", "tag", "examples/abstract.txt"], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const chunk of child.stdout) if (String(chunk).includes("|Disease]")) break;
  const taken = performance.now() - start;
  child.kill();
  return taken;
}

export async function benchFirstMention(): Promise<void> {
  const before = machine();
  const times: number[] = [];
  for (let round = 0; round < 5; round++) times.push(await firstMention());
  const seconds = times.map((time) => (time / 1000).toFixed(2)).join(", ");
  console.log(before);
  console.log(`first mention of one abstract, from the start of the command: ${seconds} s`);
}
