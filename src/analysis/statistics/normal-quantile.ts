/**
 * The standard normal's quantile function in arithmetic of our own. Engines round Math.log, Math.sin and Math.cos
 * differently between versions; +, −, ×, ÷ and Math.sqrt are exact to the last bit everywhere.
 */

/**
 * Quantile of the standard normal at `p` in (0, 1), relative error some 1e-16.
 * Source: Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37, 1988.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_ABOVE, r)) / polynomial(CENTRE_BELOW, r);
  }
  const tail = Math.sqrt(-portableLog(q < 0 ? p : 1 - p));
  const value =
    tail <= 5
      ? polynomial(MIDDLE_ABOVE, tail - 1.6) / polynomial(MIDDLE_BELOW, tail - 1.6)
      : polynomial(FAR_ABOVE, tail - 5) / polynomial(FAR_BELOW, tail - 5);
  return q < 0 ? -value : value;
}

const LN2_HIGH = 0.6931471803691238; // ln 2 to 33 bits, so that its multiples by an exponent are exact
const LN2_LOW = 1.9082149292705877e-10;
const floats = new Float64Array(1);
const words = new Uint32Array(floats.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Natural logarithm of a positive normal number, error under 1 unit in the last place or so. */
export function portableLog(x: number): number {
  floats[0] = x;
  const bits = words[HIGH] ?? 0;
  let exponent = (bits >>> 20) - 1023;
  words[HIGH] = (bits & 0x000fffff) | 0x3ff00000;
  let mantissa = floats[0] ?? 1; // in [1, 2)
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  // log m = 2 artanh s with |s| ≤ 0.172, so the 12th term is under 1e-19
  const s = (mantissa - 1) / (mantissa + 1);
  const s2 = s * s;
  let series = 0;
  for (let k = 25; k >= 3; k -= 2) series = series * s2 + 1 / k;
  return exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * s * s2 * series + 2 * s);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) value = value * x + (coefficients[i] ?? 0);
  return value;
}

const CENTRE_ABOVE = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
];
const CENTRE_BELOW = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
];
const MIDDLE_ABOVE = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const MIDDLE_BELOW = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const FAR_ABOVE = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
];
const FAR_BELOW = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
  1.421511758316446e-7, 2.0442631033899397e-15,
];
