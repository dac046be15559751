/** @file NF4 codes, values and doubly quantised scales against bitsandbytes' (scripts/make-adapter-fixtures.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dynamicTable, dequantizeScales, quantizeScales } from "./nf4-scales.ts";
import { dequantizeNf4, quantizeNf4 } from "./nf4.ts";

interface Fixture {
  readonly rows: string;
  readonly codes: string;
  readonly absmax: string;
  readonly values: string;
  readonly scales: string;
  readonly doubled: {
    readonly codes: string;
    readonly offset: number;
    readonly absmax: string;
    readonly table: string;
  };
}

const path = join(import.meta.dirname, "..", "..", "test", "fixtures", "adapters", "nf4.json");
const fixture = JSON.parse(readFileSync(path, "utf8")) as Fixture;
const bytes = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(base64, "base64"));
const floats = (base64: string): Float32Array<ArrayBuffer> => new Float32Array(bytes(base64).buffer);

describe("NF4", () => {
  it("gives bitsandbytes' codes and scales, for borders, zeros and outliers too", () => {
    const { codes, absmax } = quantizeNf4(floats(fixture.rows));
    expect(codes).toEqual(bytes(fixture.codes));
    expect(absmax).toEqual(floats(fixture.absmax));
  });

  it("gives bitsandbytes' numbers back", () => {
    const found = dequantizeNf4({ codes: bytes(fixture.codes), absmax: floats(fixture.absmax) });
    expect(found).toEqual(floats(fixture.values));
  });
});

describe("doubly quantised scales", () => {
  it("use bitsandbytes' table", () => {
    expect(dynamicTable).toEqual(floats(fixture.doubled.table));
  });

  it("have bitsandbytes' codes, save that its CPU kernel now and then takes the neighbour of the nearest", () => {
    const found = quantizeScales(floats(fixture.scales));
    expect(found.offset).toBeCloseTo(fixture.doubled.offset, 7);
    const theirs = bytes(fixture.doubled.codes);
    const apart = [...found.codes].map((code, place) => Math.abs(code - theirs[place]!));
    expect(Math.max(...apart)).toBeLessThanOrEqual(1);
    expect(apart.filter((steps) => steps > 0).length).toBeLessThanOrEqual(2); // of 700
    const expected = floats(fixture.doubled.absmax);
    found.absmax.forEach((largest, block) => expect(largest).toBeCloseTo(expected[block]!, 7));
  });

  it("come back within a 64th of their block's range", () => {
    const scales = floats(fixture.scales);
    const found = dequantizeScales(quantizeScales(scales));
    const worst = scales.reduce((most, scale, place) => Math.max(most, Math.abs(scale - found[place]!)), 0);
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(0.3 / 64);
  });
});
