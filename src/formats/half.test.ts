import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bfloat16ToFloat32, float32ToBfloat16, float32ToHalf, halfToFloat32 } from "./half.ts";

const everyPattern = Uint16Array.from({ length: 65_536 }, (_, pattern) => pattern);

const valueOf = (pattern: number) =>
  pattern === 0x7c00 ? 65_536 : halfToFloat32(Uint16Array.of(pattern))[0]!;

/** The definition: the nearest of all finite halves and 2^16 (standing for infinity), ties to the even pattern. */
function halfByDefinition(value: number): number {
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  let low = 0;
  let high = 0x7c00;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (valueOf(middle) <= size) low = middle;
    else high = middle;
  }
  const below = size - valueOf(low);
  const above = valueOf(high) - size;
  const nearest = below < above || (below === above && low % 2 === 0) ? low : high;
  return sign | (size === Infinity ? 0x7c00 : nearest);
}

describe("half", () => {
  it("knows the landmarks of the format", () => {
    const landmarks: readonly (readonly [number, number])[] = [
      [0x0000, 0],
      [0x8000, -0],
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x0400, 2 ** -14],
      [0x3c00, 1],
      [0xc000, -2],
      [0x3555, 0.333251953125],
      [0x7bff, 65504],
      [0x7c00, Infinity],
      [0xfc00, -Infinity],
    ];
    for (const [pattern, value] of landmarks) {
      expect(halfToFloat32(Uint16Array.of(pattern))[0]).toBe(value);
      expect(float32ToHalf(Float32Array.of(value))[0]).toBe(pattern);
    }
    expect(halfToFloat32(Uint16Array.of(0x7e00))[0]).toBeNaN();
  });

  it("gives back all 65536 patterns, NaN payloads included", () => {
    expect(float32ToHalf(halfToFloat32(everyPattern))).toEqual(everyPattern);
  });

  it("gives back all 65536 bfloat16 patterns", () => {
    expect(float32ToBfloat16(bfloat16ToFloat32(everyPattern))).toEqual(everyPattern);
  });

  it("rounds every midpoint between two halves to the even one, and its neighbours to the nearer one", () => {
    for (let pattern = 0; pattern < 0x7c00; pattern++) {
      const [low, next] = halfToFloat32(Uint16Array.of(pattern, pattern + 1)) as unknown as [number, number];
      const middle = (low + (next === Infinity ? 65_536 : next)) / 2; // exact in float32
      const bits = new Uint32Array(Float32Array.of(middle).buffer)[0]!;
      const around = new Float32Array(Uint32Array.of(bits - 1, bits, bits + 1).buffer);
      const even = pattern % 2 === 0 ? pattern : pattern + 1;
      expect([...float32ToHalf(around)]).toEqual([pattern, even, pattern + 1]);
    }
  });

  it("agrees with the definition of rounding for any float32", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        expect(float32ToHalf(Float32Array.of(value))[0]).toBe(halfByDefinition(value));
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps NaN a NaN even where its payload lies in the bits that are dropped", () => {
    const nan = new Float32Array(Uint32Array.of(0x7f80_0001, 0xff80_0001).buffer);
    expect([...float32ToHalf(nan)]).toEqual([0x7c01, 0xfc01]);
    expect([...float32ToBfloat16(nan)]).toEqual([0x7f81, 0xff81]);
  });

  it("rounds bfloat16 to the nearest, ties to even, and up to infinity", () => {
    const patterns = Uint32Array.of(0x3f80_7fff, 0x3f80_8000, 0x3f80_8001, 0x3f81_8000, 0x7f7f_ffff);
    expect([...float32ToBfloat16(new Float32Array(patterns.buffer))]).toEqual([
      0x3f80, 0x3f80, 0x3f81, 0x3f82, 0x7f80,
    ]);
  });

  it("converts a view that starts inside its buffer", () => {
    const values = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    expect([...halfToFloat32(float32ToHalf(values))]).toEqual([1, 2]);
  });
});
