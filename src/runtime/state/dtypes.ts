/** Element types of stored tensors, and how their bytes become the numbers we compute with: f32, or i32 for integers. */

export const BYTES_PER_ELEMENT = {
  F32: 4,
  F64: 8,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;
export type StoredType = keyof typeof BYTES_PER_ELEMENT;

export function isStoredType(value: unknown): value is StoredType {
  return typeof value === "string" && Object.hasOwn(BYTES_PER_ELEMENT, value);
}

/**
 * Little-endian elements → f32 or i32. F16 and BF16 are widened exactly, F64 is rounded to the nearest f32.
 * @param raw a whole number of elements, in a buffer that begins with them
 * @returns the first integer that does not fit 32 bits, where there is one
 */
export function decodeElements(dtype: StoredType, raw: Uint8Array<ArrayBuffer>): Float32Array | Int32Array | bigint {
  const { buffer, byteOffset, byteLength } = raw;
  if (byteOffset % BYTES_PER_ELEMENT[dtype] !== 0) return decodeElements(dtype, raw.slice());
  const count = byteLength / BYTES_PER_ELEMENT[dtype];
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer, byteOffset, count);
    case "F64":
      return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case "F16":
      return Float32Array.from(new Uint16Array(buffer, byteOffset, count), halfToNumber);
    case "BF16":
      return bfloatToFloat(new Uint16Array(buffer, byteOffset, count));
    case "I32":
      return new Int32Array(buffer, byteOffset, count);
    case "I64":
      return longsToInts(new BigInt64Array(buffer, byteOffset, count));
    case "I16":
      return Int32Array.from(new Int16Array(buffer, byteOffset, count));
    case "I8":
      return Int32Array.from(new Int8Array(buffer, byteOffset, count));
    case "U8":
    case "BOOL":
      return Int32Array.from(raw);
    default:
      return dtype satisfies never;
  }
}

/** IEEE 754 binary16, given as its bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 is the upper half of a float32. */
function bfloatToFloat(bits: Uint16Array): Float32Array {
  const widened = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) widened[i] = ((bits[i] ?? 0) << 16) >>> 0;
  return new Float32Array(widened.buffer);
}

function longsToInts(values: BigInt64Array): Int32Array | bigint {
  const out = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0n;
    out[i] = Number(value);
    if (BigInt(out[i] ?? 0) !== value) return value;
  }
  return out;
}
