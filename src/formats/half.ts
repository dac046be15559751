/** @file 16-bit floats (IEEE half and bfloat16) as bit patterns ↔ Float32Array; Node 20 has no Float16Array. */

const infinity32 = 0x7f80_0000;

/**
 * Rounding tables after van der Zijp, one row per sign and exponent of a float32 (its upper 9 bits):
 * half = base + round((mantissa | implicit) / 2^shift). A carry out of the mantissa lands in the exponent, which is
 * exactly what rounding up to the next power of two, to the first normal number or to infinity needs.
 */
interface HalfTables {
  readonly base: Uint16Array;
  readonly shift: Uint8Array;
  readonly implicit: Uint32Array;
}

let halfTables: HalfTables | undefined;
let floatTable: Uint32Array | undefined;

function buildHalfTables(): HalfTables {
  const base = new Uint16Array(512);
  const shift = new Uint8Array(512).fill(31); // 31 rounds every mantissa to 0
  const implicit = new Uint32Array(512);
  for (let row = 0; row < 512; row++) {
    const sign = (row >> 8) << 15;
    const exponent = row & 0xff;
    base[row] = sign;
    if (exponent >= 143) {
      base[row] = sign | 0x7c00; // 2^16 and more: infinity
    } else if (exponent >= 113) {
      base[row] = sign | ((exponent - 112) << 10);
      shift[row] = 13;
    } else if (exponent >= 102) {
      shift[row] = 126 - exponent; // subnormal, in units of 2^-24
      implicit[row] = 0x80_0000;
    }
  }
  return { base, shift, implicit };
}

/** Rounds to nearest even; what is too large becomes infinity, NaN keeps the top of its payload. */
export function float32ToHalf(values: Float32Array): Uint16Array {
  const { base, shift, implicit } = (halfTables ??= buildHalfTables());
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let index = 0; index < bits.length; index++) {
    const pattern = bits[index]!;
    const row = pattern >>> 23;
    const mantissa = pattern & 0x7f_ffff;
    if ((row & 0xff) === 0xff && mantissa !== 0) {
      halves[index] = base[row]! | (mantissa >> 13 || 1);
      continue;
    }
    const places = shift[row]!;
    const exact = mantissa | implicit[row]!;
    halves[index] = base[row]! + ((exact + ((1 << (places - 1)) - 1) + ((exact >> places) & 1)) >>> places);
  }
  return halves;
}

function halfPatternToFloat32Pattern(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return sign | infinity32 | (mantissa << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  if (mantissa === 0) return sign;
  const leading = 31 - Math.clz32(mantissa); // subnormal: value = mantissa · 2^-24
  return sign | ((leading + 103) << 23) | ((mantissa << (23 - leading)) & 0x7f_ffff);
}

let valueTable: Float32Array | undefined;

/** The value of one pattern. */
export function halfValue(pattern: number): number {
  valueTable ??= halfToFloat32(Uint16Array.from({ length: 65_536 }, (_, half) => half));
  return valueTable[pattern]!;
}

/** Exact. */
export function halfToFloat32(halves: Uint16Array, target = new Float32Array(halves.length)): Float32Array {
  floatTable ??= Uint32Array.from({ length: 65_536 }, (_, half) => halfPatternToFloat32Pattern(half));
  const table = floatTable;
  // Written as integers: passing a signalling NaN through a float register would change its bits.
  const bits = new Uint32Array(target.buffer, target.byteOffset, halves.length);
  for (let index = 0; index < bits.length; index++) bits[index] = table[halves[index]!]!;
  return target;
}

/** Rounds to nearest even; NaN keeps the top of its payload. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let index = 0; index < bits.length; index++) {
    const pattern = bits[index]!;
    const upper = pattern >>> 16;
    if ((pattern & 0x7fff_ffff) > infinity32) halves[index] = (upper & 0x7f) === 0 ? upper | 1 : upper;
    else halves[index] = (pattern + 0x7fff + (upper & 1)) >>> 16;
  }
  return halves;
}

/** Exact. */
export function bfloat16ToFloat32(
  halves: Uint16Array,
  target = new Float32Array(halves.length),
): Float32Array {
  const bits = new Uint32Array(target.buffer, target.byteOffset, halves.length);
  for (let index = 0; index < bits.length; index++) bits[index] = halves[index]! << 16;
  return target;
}
