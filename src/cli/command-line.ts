/** The command as a user would type it again. */

/** Flags that say how to look at a run, not what it is. */
export const VIEWING: ReadonlySet<string> = new Set(["ui", "debug", "color"]);
/** And where things lie on this machine: no one else's command, and no one else's business. */
export const PLACING: ReadonlySet<string> = new Set([...VIEWING, "out", "data", "cache"]);
const STANDARD: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["engine", "auto"],
  ["device", "auto"],
  ["executor", "local"],
  ["plugins", true],
  ["color", true],
]);

export function commandLine(words: readonly string[], flags: object, leftOut: ReadonlySet<string>): string {
  return ["xferc", ...commandWords(words, flags, leftOut).map(quoted)].join(" ");
}

/** Word by word, without the program's name. */
export function commandWords(words: readonly string[], flags: object, leftOut: ReadonlySet<string>): readonly string[] {
  const parts = [...words];
  for (const [name, value] of Object.entries(flags)) {
    if (leftOut.has(name) || STANDARD.get(name) === value) continue;
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === false) {
      parts.push(flag.replace(/^--/, "--no-"));
      continue;
    }
    for (const one of Array.isArray(value) ? value : [value]) {
      parts.push(...(one === true ? [flag] : [flag, String(one)]));
    }
  }
  return parts;
}

/** For a POSIX shell, where it needs to be. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
