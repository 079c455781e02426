/** Tensor-name patterns over whole dotted segments: `*` is one segment, `**` any number. No regular expressions. */

export type Glob = readonly string[];

export function parseGlob(pattern: string): Glob {
  return pattern.split(".");
}

export function matchesGlob(glob: Glob, name: string): boolean {
  const segments = name.split(".");
  // reached[j]: the glob so far matches the first j segments
  let reached: boolean[] = [true, ...segments.map(() => false)];
  for (const part of glob) {
    const next: boolean[] = segments.map(() => false);
    next.push(false);
    for (let j = 0; j <= segments.length; j++) {
      if (part === "**") next[j] = reached[j] === true || (j > 0 && next[j - 1] === true);
      else if (j > 0) next[j] = reached[j - 1] === true && (part === "*" || part === segments[j - 1]);
    }
    reached = next;
  }
  return reached[segments.length] === true;
}
