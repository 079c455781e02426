/**
 * The integer hash behind `randomUniform`: Chris Wellons's triple32 (hash prospector, 2018; public domain), a permutation
 * of 32-bit words found by search for the least avalanche bias, 0.021. Why this one: docs/decisions/numbers.md.
 */

export const SHIFTS = [17, 11, 15, 14] as const;
export const FACTORS = [0xed5ad4bb, 0xac4c1b51, 0x31848bab] as const;

/** triple32 of a 32-bit word, as a signed one. */
export function mix(x: number): number {
  x ^= x >>> SHIFTS[0];
  x = Math.imul(x, FACTORS[0]);
  x ^= x >>> SHIFTS[1];
  x = Math.imul(x, FACTORS[1]);
  x ^= x >>> SHIFTS[2];
  x = Math.imul(x, FACTORS[2]);
  return x ^ (x >>> SHIFTS[3]);
}

/** What a salt makes of the two words of a key: they are xored with these before they are mixed. */
export const saltWords = (salt: number): readonly [number, number] => [mix(2 * salt + 1), mix(2 * salt + 2)];

/** A salt for draws that go by a name: FNV-1a of its UTF-8, folded to 30 bits. */
export function nameSalt(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return ((hash >>> 30) ^ hash) & 0x3fffffff;
}

/** The 32 random bits of element `index` under the mixed key words `a` and `b`, signed. */
export function elementBits(a: number, b: number, index: number): number {
  let x = (index + a) | 0;
  x ^= x >>> SHIFTS[0];
  x = (Math.imul(x, FACTORS[0]) + b) | 0;
  x ^= x >>> SHIFTS[1];
  x = Math.imul(x, FACTORS[1]);
  x ^= x >>> SHIFTS[2];
  x = Math.imul(x, FACTORS[2]);
  return x ^ (x >>> SHIFTS[3]);
}
