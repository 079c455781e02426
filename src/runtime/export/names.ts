/** File names from cells' labels: what every file system takes, and no two alike. */

const LONGEST = 120;

/**
 * `main[model: vit_s, init: WT]#1`, `selected` → `main-model-vit_s-init-WT-1.selected`.
 * @param taken names in use, in lower case; the new one is added
 */
export function fileName(cell: string, moment: string, taken: Set<string>): string {
  return nameOf(cell, `.${moment}`, taken);
}

/** `main[model: vit_s, init: WT]#1` → `main-model-vit_s-init-WT-1`; `taken` as in {@link fileName}. */
export function folderName(cell: string, taken: Set<string>): string {
  return nameOf(cell, "", taken);
}

function nameOf(cell: string, ending: string, taken: Set<string>): string {
  const plain = cell
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9._]+/g, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "");
  const short = plain.slice(0, LONGEST) || "state";
  for (let number = 1; ; number++) {
    const name = `${short}${number === 1 ? "" : `~${number}`}${ending}`;
    // Some file systems do not tell cases apart.
    if (taken.has(name.toLowerCase())) continue;
    taken.add(name.toLowerCase());
    return name;
  }
}
