/** @file Text that is kept in memory or in a temporary file reads the same at any place. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { newTextStore } from "./text-store.ts";

const parts = ["abc\n", "🧬é\uD800", "", "x".repeat(5000), "end"];
const whole = parts.join("");

describe.each([
  ["in memory", 1 << 20],
  ["in a file from the first part on", 0],
  ["in a file from the second part on", 4],
])("a store %s", (_, memoryUnits) => {
  it("gives any stretch back, in any order", () => {
    const store = newTextStore(memoryUnits);
    for (const part of parts) store.append(part);
    expect(store.length).toBe(whole.length);
    const places = [0, 3, 4, 5, 7, 100, 2500, whole.length - 3, whole.length];
    for (const start of [...places, ...places.toReversed()]) {
      for (const end of places)
        if (end >= start) expect(store.read(start, end)).toBe(whole.slice(start, end));
    }
    store.append("more");
    expect(store.read(whole.length - 3, store.length)).toBe("endmore");
    store.close();
  });
});

it("leaves no file behind", () => {
  const folder = mkdtempSync(join(tmpdir(), "nerium-store-"));
  vi.stubEnv("TMPDIR", folder);
  const store = newTextStore(0);
  store.append("a");
  store.close();
  expect(readdirSync(folder)).toEqual([]);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it("says what to do where no file can be made", () => {
  vi.stubEnv("TMPDIR", "/nowhere/at/all");
  expect(() => newTextStore(0).append("a")).toThrow(/TMPDIR/);
  vi.unstubAllEnvs();
});
