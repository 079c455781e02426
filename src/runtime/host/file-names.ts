/** File names that every file system takes: Windows has devices under some names, and neither it nor macOS tells `A` from `a`. */

/** Devices of Windows, whatever ending stands behind them. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;

/** The name itself, wherever it can be one. It is a plain one: no slash and no sign that Windows refuses is looked for. */
export function portableName(name: string): string {
  // dots and spaces at the end are left out there
  const kept = name.replace(/[. ]+$/, (end) => "_".repeat(end.length));
  return DEVICE.test(kept) ? kept.replace(/^[^.]+/, (stem) => `${stem}_`) : kept;
}

/** By name, one that no other goes by. @param taken names that are in use */
export function portableNames(names: Iterable<string>, taken: readonly string[] = []): ReadonlyMap<string, string> {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  const chosen = new Map<string, string>();
  for (const name of names) {
    if (chosen.has(name)) continue;
    const plain = portableName(name);
    let own = plain;
    for (let number = 2; used.has(own.toLowerCase()); number++) own = `${plain}~${number}`;
    used.add(own.toLowerCase());
    chosen.set(name, own);
  }
  return chosen;
}
