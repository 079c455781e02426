/** Numbers as people read them in a terminal. */

/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** `1,200`. */
export function thousands(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** `step 1,200 of 4,000`. */
export function stepOf(step: number, of: number): string {
  return `step ${thousands(step)} of ${thousands(of)}`;
}

export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Four significant digits, without a tail of zeros: `0.3125`, `2.31`, `1.2e-5`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Number(value.toPrecision(4));
  return String(rounded);
}

const LEVELS = "▁▂▃▄▅▆▇█";

/** The last `width` values between their own least and largest; what is no number is a gap. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const finite = shown.filter(Number.isFinite);
  if (finite.length === 0) return "";
  const least = Math.min(...finite);
  const span = Math.max(...finite) - least;
  return shown
    .map((value) => {
      if (!Number.isFinite(value)) return " ";
      const level = span === 0 ? 0 : Math.round(((value - least) / span) * (LEVELS.length - 1));
      return LEVELS[level] ?? " ";
    })
    .join("");
}

/** Cut to `width` columns with an ellipsis. Labels are narrow characters, so columns are code points. */
export function clipped(text: string, width: number): string {
  const points = [...text];
  if (points.length <= width) return text;
  return width <= 1 ? points.slice(0, Math.max(0, width)).join("") : `${points.slice(0, width - 1).join("")}…`;
}
