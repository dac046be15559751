/** @file Whatever was thrown → exit code and what to print on stderr. */
import { NeriumError } from "../errors.ts";

export const exitCodes = { done: 0, failed: 1, usage: 2, bug: 70, interrupted: 130 } as const;

export interface Failure {
  readonly exitCode: number;
  readonly message: string;
}

/** The person's mistakes become one line; our own keep their stack. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof NeriumError) {
    const usage = error.code === "USAGE" || error.code === "RECIPE";
    return { exitCode: usage ? exitCodes.usage : exitCodes.failed, message: `nerium: ${error.message}\n` };
  }
  if (isSystemError(error)) return { exitCode: exitCodes.failed, message: `nerium: ${refusal(error)}\n` };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: exitCodes.bug, message: `nerium: a bug of nerium's own, please report it\n${stack}\n` };
}

/** The system's words, and what to do where that is always the same. */
function refusal({ code, message }: NodeJS.ErrnoException): string {
  if (code !== "ENOSPC" && code !== "EDQUOT") return message;
  return `${message}: the disk is full. Files that were complete are untouched; make room and run the same command again`;
}

/** The reader of our output has left (`nerium … | head`). */
export function isBrokenPipe(error: unknown): boolean {
  return isSystemError(error) && error.code === "EPIPE";
}

/** What the operating system refuses (disk full, no permission …) is not our bug. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
