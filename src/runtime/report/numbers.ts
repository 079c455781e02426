/** Numbers as a paper prints them. */

/** How the numbers of a column are written: with so many decimals, as so many times a power of ten. */
export interface Scale {
  readonly decimals: number;
  /** 0: written out. */
  readonly exponent: number;
}

/** Below, zeros are counted and not read; from there on digits are written that nobody measured. */
const WRITTEN_OUT = { least: 1e-4, most: 1e15 } as const;
/** What is so much smaller than the column's numbers is what is left of a difference of equals. */
const ROUNDING = 1e-11;

/** So that the largest shows three figures: 0.912, 12.3, 0.00123, 1.23 × 10⁻⁹. */
export function scaleFor(values: readonly number[]): Scale {
  const largest = values.filter(Number.isFinite).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0 || largest === 1) {
    return { decimals: 3, exponent: 0 };
  }
  return largest < WRITTEN_OUT.least || largest >= WRITTEN_OUT.most
    ? { decimals: 2, exponent: exponentOf(largest) }
    : { decimals: Math.max(0, 2 - Math.floor(Math.log10(largest))), exponent: 0 };
}

/** Of p: what is smaller than its last decimal is said to be below it. */
export function scaleOfP(values: readonly number[]): Scale {
  const largest = values.filter(Number.isFinite).reduce((most, value) => Math.max(most, value), 0);
  return { decimals: largest > 0 && largest < 0.1 ? 4 : 3, exponent: 0 };
}

/** After rounding to three figures. */
function exponentOf(value: number): number {
  return Number(value.toExponential(2).split("e")[1]);
}

/** The column's, unless all there is would be written as zero: 2 × 10⁻⁹ beside 0.3 has a scale of its own. */
function ownScale(scale: Scale, value: number, ...around: readonly number[]): Scale {
  const largest = [value, ...around].filter(Number.isFinite).reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const unit = 10 ** (scale.exponent - scale.decimals);
  return value === 0 || largest >= unit / 2 || largest < ROUNDING * unit ? scale : scaleFor([largest]);
}

/** With a real minus sign, and no negative zero. */
export function decimal(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return /^-0(?:\.0*)?$/.test(text) ? text.slice(1) : grouped(text.replace("-", "−"));
}

/** From five digits on in groups of three, by a thin space: 23 508 032. */
function grouped(text: string): string {
  const [whole = "", ...rest] = text.split(".");
  const digits = whole.replace("−", "").length < 5 ? whole : whole.replace(/\B(?=(?:\d{3})+$)/g, "\u202f");
  return [digits, ...rest].join(".");
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** ` × 10⁻⁹`, with thin spaces; nothing for the power 0. */
function powerText(exponent: number): string {
  const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => RAISED[Number(digit)] ?? digit);
  return exponent === 0 ? "" : `\u202f×\u202f10${exponent < 0 ? "⁻" : ""}${digits}`;
}

/** `value / 10^exponent`; the least numbers' own power is none that a double holds. */
function shifted(value: number, exponent: number): number {
  return exponent < -300 ? (value * 1e20) / 10 ** (exponent + 20) : value / 10 ** exponent;
}

/** A number in parts, for who sets them apart: the spread where there is one, and the power of ten of both. */
export interface Written {
  readonly number: string;
  readonly spread: string | undefined;
  readonly power: string;
}

export function written(mean: number, sd: number, scale: Scale, ...around: readonly number[]): Written {
  const { decimals, exponent } = ownScale(scale, mean, sd, ...around);
  const of = (value: number): string => decimal(shifted(value, exponent), decimals);
  if (mean === 0 && exponent !== 0 && !(sd > 0)) return { number: "0", spread: undefined, power: "" };
  return { number: of(mean), spread: Number.isFinite(sd) ? of(sd) : undefined, power: powerText(exponent) };
}

/** `0.912`, `1.20 × 10⁻⁹`. */
export function numberText(value: number, scale: Scale = scaleFor([value])): string {
  return meanAndSpread(value, Number.NaN, scale);
}

/** `0.912 ± 0.010`, `(1.20 ± 0.05) × 10⁻⁹`. */
export function meanAndSpread(mean: number, sd: number, scale: Scale): string {
  const { number, spread, power } = written(mean, sd, scale);
  if (spread === undefined) {
    return `${number}${power}`;
  }
  return power === "" ? `${number} ± ${spread}` : `(${number} ± ${spread})${power}`;
}

/** `0.12 to 0.34`, at one scale. */
export function rangeText(low: number, high: number, scale: Scale = scaleFor([low, high]), join = " to "): string {
  const largest = Math.abs(low) > Math.abs(high) ? low : high;
  const own = ownScale(scale, largest);
  const of = (value: number): string => decimal(shifted(value, own.exponent), own.decimals);
  const power = powerText(own.exponent);
  return power === "" ? `${of(low)}${join}${of(high)}` : `(${of(low)}${join}${of(high)})${power}`;
}

export function duration(seconds: number): string {
  if (seconds < 1) {
    return `${Math.round(seconds * 1000)} ms`;
  }
  if (seconds < 90) {
    return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  }
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function count(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+(?!\d))/g, "\u202f");
}

/** `1 number`, `2 numbers`. */
export function plural(value: number, noun: string, many = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : many}`;
}
