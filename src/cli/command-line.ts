/** The command as a user would type it again. */

/** Flags that say how to look at a run, not what it is. */
export const VIEWING: ReadonlySet<string> = new Set(["ui", "debug"]);
/** And where things lie on this machine: no one else's command, and no one else's business. */
export const PLACING: ReadonlySet<string> = new Set([...VIEWING, "out", "data", "cache"]);
const STANDARD: ReadonlyMap<string, unknown> = new Map([
  ["engine", "auto"],
  ["device", "auto"],
]);

export function commandLine(words: readonly string[], flags: object, leftOut: ReadonlySet<string>): string {
  const parts = ["xferc", ...words.map(quoted)];
  for (const [name, value] of Object.entries(flags)) {
    if (leftOut.has(name) || STANDARD.get(name) === value) continue;
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    for (const one of Array.isArray(value) ? value : [value]) {
      parts.push(...(one === true ? [flag] : [flag, quoted(String(one))]));
    }
  }
  return parts.join(" ");
}

/** For a POSIX shell, where it needs to be. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
