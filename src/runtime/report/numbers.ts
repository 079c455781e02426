/** Numbers as a paper prints them. */

/** So that the largest shows three figures: 0.912, 12.3, 0.00123. */
export function decimalsFor(values: readonly number[]): number {
  const largest = Math.max(0, ...values.filter(Number.isFinite).map(Math.abs));
  if (largest === 0 || largest === 1) {
    return 3;
  }
  return Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(largest))));
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

/** `0.912 ± 0.010`. */
export function meanAndSpread(mean: number, sd: number, decimals: number): string {
  return Number.isFinite(sd) ? `${decimal(mean, decimals)} ± ${decimal(sd, decimals)}` : decimal(mean, decimals);
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
