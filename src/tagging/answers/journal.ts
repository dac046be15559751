/** @file Answers as they come → a file that an interrupted run goes on from: a line each, found again by their question. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { Answer } from "./types.ts";

export interface Journal extends AsyncDisposable {
  get(key: string): Answer | undefined;
  put(key: string, answer: Answer): Promise<void>;
  /** Removes the file: the run is through. */
  remove(): Promise<void>;
}

const line = z.object({
  key: z.string(),
  text: z.string(),
  ending: z.enum(["stop", "length", "runaway", "broken"]),
  inputTokens: z.number(),
  cachedTokens: z.number(),
  outputTokens: z.number(),
});

/** What a question and everything that its answer hangs on come to, in 32 letters. */
export function keyOf(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

/** Reads what is there already. A last line that was cut, and lines that somebody else wrote, are left out of account. */
export async function openJournal(path: string): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "a");
  const known = await readAnswers(path).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  if (known.size > 0) await file.write("\n"); // whatever was cut ends here
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await file.close();
    closed = true;
  };
  return {
    get: (key) => known.get(key),
    async put(key, answer) {
      known.set(key, answer);
      await file.write(`${JSON.stringify({ key, ...answer })}\n`);
    },
    async remove() {
      await close();
      await rm(path, { force: true });
    },
    [Symbol.asyncDispose]: close,
  };
}

async function readAnswers(path: string): Promise<Map<string, Answer>> {
  const known = new Map<string, Answer>();
  let rest = "";
  for await (const chunk of createReadStream(path, "utf8")) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop()!;
    for (const text of lines) {
      const found = parsed(text);
      if (found !== undefined) known.set(found.key, found.answer);
    }
  }
  return known;
}

function parsed(text: string): { readonly key: string; readonly answer: Answer } | undefined {
  try {
    const { data } = line.safeParse(JSON.parse(text));
    if (data === undefined) return undefined;
    const { key, ...answer } = data;
    return { key, answer };
  } catch {
    return undefined;
  }
}
