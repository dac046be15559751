/** @file A Python script's name → a process that answers each line of JSON with a line of JSON, warmed up once it is ready. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Peer extends Disposable {
  ask(request: unknown): Promise<Readonly<Record<string, readonly number[]>>>;
}

/** NERIUM_PYTHON names the Python; `python3` if absent. */
export function startPeer(script: string, words: readonly string[]): Peer {
  const python = process.env["NERIUM_PYTHON"] ?? "python3";
  const child = spawn(python, [join(import.meta.dirname, script), ...words], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, number[]>> => {
    const line = await lines.next();
    if (line.done === true)
      throw new Error(`${script} ended; NERIUM_PYTHON must name a Python with the packages that it names`);
    return line.value.startsWith("{") ? (JSON.parse(line.value) as Record<string, number[]>) : next();
  };
  const ready = next();
  return {
    ask: async (request) => {
      await ready;
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    },
    [Symbol.dispose]: () => void child.kill(),
  };
}
