/** @file How far a long run is → one line on stderr, rewritten at most ten times a second, and only on a terminal. */
import type { Effects } from "./effects.ts";
import { widthOf } from "./effects.ts";

export interface ProgressOptions {
  /** What is counted, in the plural: "documents", "steps". */
  readonly unit: string;
  /** How many there are, if known, perhaps only later: gives share and time left. */
  readonly total?: number | (() => number | undefined);
  /** Where the counting starts (a resumed run): left out of the rate. */
  readonly start?: number;
}

export interface Progress {
  /** Says that `done` units are through; `note` stands at the line's end. */
  update(done: number, note?: string): void;
  /** Says that further units were through before: they are left out of the rate. */
  skip(count: number): void;
  /** Takes the line away, e.g. before something else is printed; the next update brings it back. */
  clear(): void;
}

const interval = 100;

export const silentProgress: Progress = { update() {}, skip() {}, clear() {} };

/** Starts a progress line; on anything but a terminal it prints nothing at all. */
export function startProgress(
  effects: Pick<Effects, "stderr" | "now">,
  { unit, total: given, start = 0 }: ProgressOptions,
): Progress {
  const { stderr, now } = effects;
  if (stderr.isTTY !== true) return silentProgress;
  const began = now();
  let shown = -Infinity;
  let visible = false;
  let before = start;
  return {
    update(done, note = "") {
      const time = now();
      const total = typeof given === "function" ? given() : given;
      if (time - shown < interval && done !== total) return;
      shown = time;
      visible = true;
      const rate = ratePerSecond(done - before, time - began);
      const line = progressLine({ done, total, unit, rate, note });
      // one column short of the edge: a full line would make some terminals wrap
      stderr.write(`\r\u001b[2K${line.slice(0, widthOf(stderr) - 1)}`);
    },
    skip(count) {
      before += count;
    },
    clear() {
      if (visible) stderr.write("\r\u001b[2K");
      visible = false;
      shown = -Infinity;
    },
  };
}

interface ProgressState {
  readonly done: number;
  readonly total?: number | undefined;
  readonly unit: string;
  /** Units per second; undefined while unknown. */
  readonly rate: number | undefined;
  readonly note?: string;
}

/** The line's text: `120/400 documents (30 %), 8.2/s, 34 s left, note`. */
export function progressLine({ done, total, unit, rate, note = "" }: ProgressState): string {
  const count = total === undefined ? `${done}` : `${done}/${total}`;
  const share = total === undefined || total === 0 ? "" : ` (${Math.floor((100 * done) / total)} %)`;
  const parts = [`${count} ${unit}${share}`];
  if (rate !== undefined) parts.push(`${formatRate(rate)}/s`);
  if (rate !== undefined && rate > 0 && total !== undefined && done < total) {
    parts.push(`${formatSeconds((total - done) / rate)} left`);
  }
  if (note !== "") parts.push(note);
  return parts.join(", ");
}

/** Seconds as a person says them: `34 s`, `5 min 10 s`, `2 h 05 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
}

function ratePerSecond(done: number, milliseconds: number): number | undefined {
  return milliseconds <= 0 ? undefined : (1000 * done) / milliseconds;
}

function formatRate(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate >= 10 ? rate.toFixed(1) : rate.toFixed(2);
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
