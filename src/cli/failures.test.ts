/** @file Who is to blame for what was thrown, and the exit code that says so. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { NeriumError } from "../errors.ts";
import { describeFailure, isBrokenPipe } from "./failures.ts";

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("internal: nothing was thrown");
}

test("a wrong command line or recipe is a usage error in one line", () => {
  expect(describeFailure(new NeriumError("USAGE", "no"))).toEqual({ exitCode: 2, message: "nerium: no\n" });
  expect(describeFailure(new NeriumError("RECIPE", "no")).exitCode).toBe(2);
});

test("wrong data and what the system refuses are failures in one line", () => {
  const data = new NeriumError("CORPUS_FORMAT", "no", { file: "a.txt", line: 3 });
  expect(describeFailure(data)).toEqual({ exitCode: 1, message: "nerium: a.txt:3: no\n" });
  const system = describeFailure(thrownBy(() => readFileSync("/no/such/file")));
  expect(system.exitCode).toBe(1);
  expect(system.message).toMatch(/^nerium: ENOENT.*\n$/);
});

test("a full disk comes with advice", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
    code: "ENOSPC",
    syscall: "write",
  });
  const { exitCode, message } = describeFailure(full);
  expect(exitCode).toBe(1);
  expect(message).toContain("make room and run the same command again");
});

test("all else is our own bug, with its stack", () => {
  const { exitCode, message } = describeFailure(new TypeError("internal: oops"));
  expect(exitCode).toBe(70);
  expect(message).toMatch(/internal: oops\n\s+at /);
});

test("knows a reader that left from other faults", () => {
  expect(isBrokenPipe(Object.assign(new Error("write EPIPE"), { code: "EPIPE", syscall: "write" }))).toBe(
    true,
  );
  expect(isBrokenPipe(new NeriumError("DATA", "no"))).toBe(false);
});
