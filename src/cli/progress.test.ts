/** @file The progress line: what it says, how often, and that it keeps quiet where nobody looks. */
import { expect, test } from "vitest";
import { formatSeconds, progressLine, startProgress } from "./progress.ts";
import { newRecordedOutput } from "./test-effects.ts";

test("says count, share, rate and time left as far as they are known", () => {
  expect(progressLine({ done: 5, unit: "documents", rate: undefined })).toBe("5 documents");
  expect(progressLine({ done: 100, total: 400, unit: "steps", rate: 4, note: "loss 0.1" })).toBe(
    "100/400 steps (25 %), 4.00/s, 1 min 15 s left, loss 0.1",
  );
});

test("says seconds as a person would", () => {
  expect([0, 59.4, 61, 7384].map(formatSeconds)).toEqual(["0 s", "59 s", "1 min 01 s", "2 h 03 min"]);
});

test("is written at most ten times a second, and for the last unit", () => {
  let time = 0;
  const stderr = newRecordedOutput({ isTTY: true, columns: 80 });
  const progress = startProgress({ stderr, now: () => time }, { unit: "steps", total: 100 });
  for (let done = 1; done <= 100; done++) {
    time += 10;
    progress.update(done);
  }
  const lines = stderr.text().split("\r\u001b[2K").slice(1);
  expect(lines.length).toBeLessThanOrEqual(11);
  expect(lines.at(-1)).toBe("100/100 steps (100 %), 100/s");
  progress.clear();
  expect(stderr.text().endsWith("\r\u001b[2K")).toBe(true);
});

test("leaves units that were there before out of the rate, and learns their number late", () => {
  let time = 0;
  let total: number | undefined;
  const stderr = newRecordedOutput({ isTTY: true, columns: 80 });
  const progress = startProgress({ stderr, now: () => time }, { unit: "documents", total: () => total });
  progress.skip(600);
  time = 1000;
  progress.update(620);
  total = 1000;
  time = 2000;
  progress.update(640);
  expect(stderr.text().split("\r\u001b[2K").slice(1)).toEqual([
    "620 documents, 20.0/s",
    "640/1000 documents (64 %), 20.0/s, 18 s left",
  ]);
});

test("is silent on anything but a terminal", () => {
  const stderr = newRecordedOutput();
  startProgress({ stderr, now: () => 0 }, { unit: "steps" }).update(1);
  expect(stderr.text()).toBe("");
});
