/** @file Effects for tests: streams that remember what was written to them, a clock that stands still. */
import type { Effects, Output } from "./effects.ts";

export interface RecordedOutput extends Output {
  text(): string;
}

/** A stream in memory; `terminal` makes it one for people. */
export function newRecordedOutput(terminal: Partial<Output> = {}): RecordedOutput {
  let written = "";
  return {
    ...terminal,
    write(chunk, done) {
      written += chunk;
      done?.();
      return true;
    },
    text: () => written,
  };
}

export interface TestEffects extends Effects {
  readonly stdout: RecordedOutput;
  readonly stderr: RecordedOutput;
  exitCode(): number;
}

/** Effects without a terminal, a process or an environment. */
export function newTestEffects(): TestEffects {
  let exitCode = 0;
  return {
    stdout: newRecordedOutput(),
    stderr: newRecordedOutput(),
    environment: {},
    now: () => 0,
    signal: new AbortController().signal,
    setExitCode: (code) => {
      exitCode = code;
    },
    exitCode: () => exitCode,
  };
}
