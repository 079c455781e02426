/**
 * The sources of a plug-in, by which its code is told from other code: the module itself and every file that the texts
 * reach by a relative path (imports, `require`, `new URL("./table.json", …)`), and the packages they import as
 * `name@version`. Every string that looks like a relative path and is one counts: a file too many costs a recomputation,
 * a file too few would leave old numbers.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { isBelow } from "../host/data-roots.js";
import { PluginError } from "./errors.js";

export interface Sources {
  /** SHA-256 of the files' places and contents, and of the packages' versions. */
  readonly digest: string;
  /** Relative to `base`, with `/`, in order. */
  readonly files: readonly string[];
}

const CODE = new Set([".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx"]);
/** Whether a source is read for what it imports. */
export function isCode(file: string): boolean {
  return CODE.has(extname(file));
}

/** A source that is longer is no one's writing. */
const MAX_BYTES = 16 * 2 ** 20;
const MAX_FILES = 1000;

/** @param base folder that no file may lie outside of @throws PluginError */
export function sourcesOf(entry: string, base: string, from: string): Sources {
  const root = realpathSync(base);
  const contents = new Map<string, string>();
  const packages = new Set<string>();
  const open = [realpathSync(entry)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (contents.has(file)) continue;
    if (!isBelow(file, root)) {
      throw new PluginError(
        `plug-in ${from} reads ${file}, which lies outside its folder ${base}`,
        "keep what a plug-in is made of in its own project or package",
      );
    }
    const bytes = readSource(file, from);
    contents.set(file, createHash("sha256").update(meantBytes(file, bytes)).digest("hex"));
    if (contents.size > MAX_FILES) throw new PluginError(`plug-in ${from} is made of more than ${MAX_FILES} files`);
    if (!isCode(file)) continue;
    const text = bytes.toString("utf8");
    open.push(...relativeFiles(text, file));
    for (const name of packagesIn(text)) packages.add(versionOf(name, file));
  }
  const listed = [...contents].map(([file, digest]) => ({ file: relative(root, file).split(sep).join("/"), digest }));
  listed.sort((a, b) => (a.file < b.file ? -1 : 1));
  const digest = createHash("sha256")
    .update(JSON.stringify([listed, [...packages].sort()]))
    .digest("hex");
  return { digest, files: listed.map(({ file }) => file) };
}

/** Code means the same however its lines end, and Git ends them otherwise on Windows. */
function meantBytes(file: string, bytes: Buffer): Buffer | string {
  const isText = isCode(file) || extname(file) === ".json";
  return isText && bytes.includes("\r\n") ? bytes.toString("utf8").replaceAll("\r\n", "\n") : bytes;
}

function readSource(file: string, from: string): Buffer {
  if (statSync(file).size > MAX_BYTES) throw new PluginError(`plug-in ${from}: ${file} is larger than 16 MB`);
  return readFileSync(file);
}

/** Files that strings of a text name; TypeScript's `./x.js` may be `./x.ts`. */
function relativeFiles(text: string, file: string): readonly string[] {
  const found: string[] = [];
  for (const [, , written = ""] of text.matchAll(/(["'`])(\.{1,2}\/[^"'`\n$]*)\1/g)) {
    const path = resolve(dirname(file), written.replace(/[?#].*$/, ""));
    const place = [path, path.replace(/\.(m|c)?js$/, ".$1ts")].find(isFile);
    if (place !== undefined) found.push(realpathSync(place));
  }
  return found;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

const IMPORTED =
  /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(["'])((?:@[\w.-]+\/)?[a-zA-Z][\w.-]*)(?:\/[^"']*)?\1/g;
const BUILT_IN = new Set(builtinModules);

function packagesIn(text: string): readonly string[] {
  return [...text.matchAll(IMPORTED)].flatMap(([, , name = ""]) => (BUILT_IN.has(name) ? [] : [name]));
}

/** xferc itself is left out: results say which version made them, and operations have versions of their own. */
function versionOf(name: string, file: string): string {
  if (name === "xferc") return name;
  const folder = packageFolder(name, dirname(file));
  return folder === undefined ? name : `${name}@${packageJson(folder).version ?? "unknown"}`;
}

/** The folder of a package, as Node looks for it; undefined where it is not installed. */
export function packageFolder(name: string, start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (existsSync(join(place, "package.json"))) return place;
    if (dirname(folder) === folder) return undefined;
  }
}

export interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly main?: string;
  readonly exports?: unknown;
}

export function packageJson(folder: string): PackageJson {
  try {
    const read: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof read === "object" && read !== null ? read : {};
  } catch {
    return {};
  }
}

/** What a plug-in is made of, relative to its folder. */
export function sourceFiles(place: { readonly file: string; readonly base: string; readonly from: string }) {
  const { files } = sourcesOf(place.file, place.base, place.from);
  return files.map((file) => ({ file, bytes: readFileSync(join(place.base, file)) }));
}
