/** Colours that hold for colour-blind readers and in print. */

/** Okabe and Ito's set, the yellow left out: it is lost on white. */
export const CATEGORIES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"] as const;

/** Viridis from its dark end, stopping before the yellow that is lost on white: for ordered points and lines. */
const ORDERED_STOPS = ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151"] as const;

function channels(hex: string): readonly [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

function blend(from: string, to: string, share: number): string {
  const [a, b] = [channels(from), channels(to)];
  const mixed = a.map((channel, index) => Math.round(channel + ((b[index] ?? 0) - channel) * share));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

/** Viridis without its dark end, which is lost on black. */
const ON_DARK = ["#3f7f9f", "#2fa08f", "#44bf70", "#a2d935", "#fde725"] as const;

/** `n` colours in order, from dark to light. */
export function orderedColors(n: number): readonly string[] {
  return alongStops(ORDERED_STOPS, n);
}

/** The same places on a dark ground. */
export function orderedColorsOnDark(n: number): readonly string[] {
  return alongStops(ON_DARK, n);
}

function alongStops(stops: readonly string[], n: number): readonly string[] {
  return Array.from({ length: n }, (_, index) => {
    const place = n === 1 ? 0 : (index / (n - 1)) * (stops.length - 1);
    const stop = Math.min(Math.floor(place), stops.length - 2);
    return blend(stops[stop] ?? "#000000", stops[stop + 1] ?? "#000000", place - stop);
  });
}

/** Repeats after seven; a dash pattern or facet tells more apart than an eighth colour would. */
export function categoryColors(n: number): readonly string[] {
  return Array.from({ length: n }, (_, index) => CATEGORIES[index % CATEGORIES.length] ?? "#000000");
}

export const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [12, 3],
];
export const INK = "#1d2733";
export const MUTED = "#5b6673";
export const RULE = "#d9dee4";
