/** A sum of doubles without rounding, from which addends can be taken out again. */
export interface ExactSum {
  add(value: number): void;
  remove(value: number): void;
  /** Sign of sum - factor * times: negative, 0 or positive. `times` is a whole number. */
  compare(factor: number, times: number): number;
  /** The double nearest to sum / times, to within one rounding or two: for people to read. */
  over(times: number): number;
}

/** Every finite double is a whole number of 2^-1074 (IEEE 754, the least subnormal). */
const SCALE = 1074n;
const bits = new DataView(new ArrayBuffer(8));

function units(value: number): bigint {
  if (Number.isInteger(value)) return BigInt(value) << SCALE;
  bits.setFloat64(0, value);
  const whole = bits.getBigUint64(0);
  const exponent = (whole >> 52n) & 0x7ffn;
  const fraction = whole & 0xf_ffff_ffff_ffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10_0000_0000_0000n) << (exponent - 1n);
  return value < 0 ? -magnitude : magnitude;
}

/**
 * Windows slide: a plain running sum would keep the rounding errors of everything that ever left it. Whole numbers,
 * which most are, take the fast way.
 */
export function createExactSum(): ExactSum {
  /** Of whole numbers, while it can be kept exactly. */
  let whole = 0;
  /** Of everything else, in units of 2^-1074. */
  let rest = 0n;
  const put = (value: number): void => {
    const next = whole + value;
    if (Number.isSafeInteger(value) && Number.isSafeInteger(next)) whole = next;
    else rest += units(value);
  };
  const total = (): bigint => (BigInt(whole) << SCALE) + rest;
  return {
    add: put,
    remove: (value) => put(-value),
    compare(factor, times) {
      const product = factor * times;
      if (rest === 0n && Number.isSafeInteger(factor) && Number.isSafeInteger(product))
        return whole - product;
      const difference = total() - units(factor) * BigInt(times);
      return difference > 0n ? 1 : difference < 0n ? -1 : 0;
    },
    over(times) {
      if (rest === 0n) return whole / times;
      // 64 more bits than the quotient's own, then the power of two in steps that cannot underflow.
      const quotient = (total() << 64n) / BigInt(times);
      return scaledDown(quotient, 1074 + 64);
    },
  };
}

function scaledDown(value: bigint, powers: number): number {
  const magnitude = value < 0n ? -value : value;
  const length = magnitude.toString(2).length;
  // 64 leading bits are enough for a double; the others only shift.
  const drop = Math.max(0, length - 64);
  const leading = Number(magnitude >> BigInt(drop));
  let result = leading;
  for (let shift = drop - powers; shift !== 0;) {
    const step = Math.max(-1000, Math.min(1000, shift));
    result *= 2 ** step;
    shift -= step;
  }
  return value < 0n ? -result : result;
}
