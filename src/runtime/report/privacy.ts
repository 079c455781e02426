/** Reports are sent to others: no file path, and no image's name, gets into them. */

/** `/home/…`, `C:\…`, `~/…`, `./a/b`: a slash or backslash after a start of a word that is a path's. */
const PATHS = /(?:(?<=^|[\s"'`(=[,:])(?:~|\.{1,2}|[A-Za-z]:)?[\\/][^\s"'`<>|)\],;]+)/g;
const FILE_NAMES =
  /[^\s"'`()[\]<>|,;:\\/]{1,200}\.(?:png|jpe?g|tiff?|dcm|nii|bmp|gif|webp|h5|npy|safetensors|pth|pt)\b/gi;

/** A message with what looks like a path or a data file's name taken out. */
export function withoutPaths(text: string): string {
  return text.replace(PATHS, "(path)").replace(FILE_NAMES, "(file)");
}

/** A name on a hub is public, and what a reader needs to do it again. */
const isPath = (literal: string): boolean => /[\\/]/.test(literal) && !literal.startsWith('"hf:');

const IMPORT_LINE = /^\s*import\b/;
const STRINGS = /"(?:[^"\\\n]|\\.){0,2000}"/g;

/** The study's text with paths in quotes taken out, imports apart: they name files of the study itself. */
export function studyWithoutPaths(text: string): string {
  return text
    .split("\n")
    .map((line) =>
      IMPORT_LINE.test(line) ? line : line.replace(STRINGS, (literal) => (isPath(literal) ? '"(path)"' : literal)),
    )
    .join("\n");
}

/** The last part of a path: `studies/quickstart.xfer` → `quickstart.xfer`. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
