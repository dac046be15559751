/** @file Words of a command line → `nerium` as a process of its own, run from the sources. */
import { spawn } from "node:child_process";
import { join } from "node:path";

export interface Ended {
  /** null for a process that a signal ended. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The words for Node that run the sources' command line. */
export const program: readonly string[] = [
  "--import",
  import.meta.resolve("tsx"),
  "--conditions=@nerium/source",
  join(import.meta.dirname, "../src/cli/main.ts"),
];

/** `killWhen` sees all of stdout so far; once it says so, or so many milliseconds later, the process is killed as by `kill -9`. */
export async function nerium(
  words: readonly string[],
  folder: string,
  killWhen?: (stdout: string) => boolean | number,
): Promise<Ended> {
  const child = spawn(process.execPath, [...program, ...words], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    const kill = killWhen?.(stdout) ?? false;
    if (kill === true) child.kill("SIGKILL");
    else if (kill !== false) setTimeout(() => child.kill("SIGKILL"), kill);
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  return { status, stdout, stderr };
}

export const linesOf = (text: string): string[] => (text === "" ? [] : text.trimEnd().split("\n"));
