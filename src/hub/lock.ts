/** @file A lock file → at most one process of this machine that writes into a folder; the lock of a dead one is taken over. */
import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { NeriumError } from "../errors.ts";

export interface LockEffects {
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  /** Called once when somebody else has the lock. */
  readonly onWait?: ((holder: string) => void) | undefined;
}

const interval = 1_000;
/** A download of a large model on a slow line; after that somebody should look. */
const mostWaits = 6 * 60 * 60;
/** An unreadable lock is being written by somebody else, or was cut off long ago. */
const writingTime = 10_000;

/** Waits for the lock; dispose it when done. */
export async function lock(path: string, effects: LockEffects): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true });
  for (let waits = 0; ; waits++) {
    effects.signal?.throwIfAborted();
    if (await take(path)) return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    const holder = await holderOf(path);
    if (holder === undefined) {
      await rm(path, { force: true });
      continue;
    }
    if (waits === 0) effects.onWait?.(holder);
    if (waits >= mostWaits) {
      const problem = `expected ${holder} to finish within ${mostWaits / 3600} hours; remove the file if it is dead`;
      throw new NeriumError("UNREADABLE", problem, { file: path });
    }
    await effects.sleep(interval);
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await using handle = await open(path, "wx");
    await handle.writeFile(JSON.stringify({ process: process.pid, machine: hostname() }));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Who has the lock; undefined if nobody living. */
async function holderOf(path: string): Promise<string | undefined> {
  try {
    const age = Date.now() - (await stat(path)).mtimeMs;
    const text = await readFile(path, "utf8");
    const holder = parseHolder(text);
    if (holder === undefined) return age < writingTime ? "another process" : undefined;
    const name = `process ${holder.process} on ${holder.machine}`;
    return holder.machine !== hostname() || isAlive(holder.process) ? name : undefined;
  } catch {
    return undefined; // gone in the meantime
  }
}

function parseHolder(text: string): { readonly process: number; readonly machine: string } | undefined {
  try {
    const { process, machine } = JSON.parse(text) as { process?: unknown; machine?: unknown };
    if (Number.isSafeInteger(process) && typeof machine === "string")
      return { process: process as number, machine };
  } catch {
    // not written yet
  }
  return undefined;
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
