/** @file A test reporter whose last line is "N passed, N failed, N skipped", readable by any CI. */
import type { Reporter, TestModule } from "vitest/node";

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    let skipped = 0;
    for (const module of modules) {
      const cases = [...module.children.allTests()];
      // A file that fails before its tests are collected is a failure of its own.
      if (module.state() === "failed" && cases.every((test) => test.result().state !== "failed")) failed++;
      for (const test of cases) {
        const { state } = test.result();
        if (state === "passed") passed++;
        else if (state === "failed") failed++;
        else skipped++;
      }
    }
    process.on("exit", () => {
      process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
    });
  }
}
