/** @file Text that is written once and then read at any place, in bounded memory: what is more waits in a temporary file. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NeriumError } from "../errors.ts";

export interface TextStore {
  /** UTF-16 units, as all offsets here. */
  readonly length: number;
  /** Throws UNREADABLE where the temporary file cannot be written. */
  append(text: string): void;
  read(start: number, end: number): string;
  /** Removes the temporary file. */
  close(): void;
}

const defaultMemoryUnits = 1 << 23;
/** What is read at once where one reading follows another, and where it jumps. */
const aheadUnits = 1 << 17;
const jumpUnits = 1 << 11;
const unitBytes = 2; // UTF-16, because then offsets in the file follow from those in the text

/** A store that holds so much in memory, and all in a file when it is more. */
export function newTextStore(memoryUnits = defaultMemoryUnits): TextStore {
  let held: string[] = [];
  let length = 0;
  let file: TemporaryFile | undefined;
  let window = "";
  let windowStart = 0;
  const fill = (start: number, end: number): void => {
    const isNext = start >= windowStart && start <= windowStart + window.length;
    const units = Math.max(end - start, isNext ? aheadUnits : jumpUnits);
    windowStart = start;
    if (file !== undefined) window = file.read(start, Math.min(length, start + units));
    else {
      window = held.join("");
      windowStart = 0;
      held = [window];
    }
  };
  return {
    get length() {
      return length;
    },
    append(text) {
      held.push(text);
      length += text.length;
      if (length <= memoryUnits) return;
      file ??= temporaryFile();
      for (const part of held) file.append(part);
      held = [];
    },
    read(start, end) {
      if (start < windowStart || end > windowStart + window.length) fill(start, end);
      return window.slice(start - windowStart, end - windowStart);
    },
    close: () => file?.close(),
  };
}

interface TemporaryFile {
  append(text: string): void;
  read(start: number, end: number): string;
  close(): void;
}

function temporaryFile(): TemporaryFile {
  const folder = attempted(() => mkdtempSync(join(tmpdir(), "nerium-text-")));
  const file = attempted(() => openSync(join(folder, "text"), "wx+"));
  const discard = (): void => rmSync(folder, { recursive: true, force: true });
  // An open file needs no name: nothing is left behind, however the process ends. Windows wants it closed first.
  if (process.platform !== "win32") discard();
  return {
    append(text) {
      const bytes = Buffer.from(text, "utf16le");
      for (let done = 0; done < bytes.length;) done += attempted(() => writeSync(file, bytes, done));
    },
    read(start, end) {
      const bytes = Buffer.allocUnsafe((end - start) * unitBytes);
      for (let done = 0; done < bytes.length;) {
        const got = readSync(file, bytes, done, bytes.length - done, start * unitBytes + done);
        if (got === 0) throw new Error("internal: a temporary file became shorter");
        done += got;
      }
      return bytes.toString("utf16le");
    },
    close() {
      closeSync(file);
      discard();
    },
  };
}

function attempted<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const problem = `expected room for a temporary file, got: ${String(cause)}; free some, or set TMPDIR to another folder`;
    throw new NeriumError("UNREADABLE", problem, { file: tmpdir(), cause });
  }
}
