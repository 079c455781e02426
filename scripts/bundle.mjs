// Makes a few files of the many that tsc wrote: what a process of xferc starts from, each in its place under `dist/`, and
// under `dist/chunks/` what they share. A command then reads sixty files where it read six hundred. What meets in one
// process is one build, so no module is there twice. Without this step all works as well, only slower.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { build } from "esbuild";
import { checkFiles, MADE_CHECKS } from "./checks.mjs";

const root = resolve(import.meta.dirname, "..");
const CHUNKS = join(root, "dist", "chunks");

/** Of a process that people start or that imports xferc. */
const COMMANDS = ["src/cli/main.ts", "src/index.ts", "src/analysis/index.ts", "src/runtime/plugins/api.ts"];

/** Of processes and threads that those start by their path. */
const CHILDREN = [
  "src/lsp/slow/child.ts",
  "src/runtime/bench/child.ts",
  "src/runtime/data/decode/worker.ts",
  "src/runtime/devices/webgpu-child.ts",
  "src/runtime/engine/tensorflow/install/trial-child.ts",
  "src/runtime/executors/slurm/pilot-main.ts",
  "src/runtime/plugins/describe-child.ts",
  "src/runtime/plugins/trace-child.ts",
  "src/runtime/predictions/parquet-worker.ts",
  "src/runtime/store/heartbeat-thread.ts",
  "src/runtime/workers/child.ts",
];

/** Packages that are taken in, with what they bring along: small, plain JavaScript, needed early. Others stay themselves. */
const TAKEN_IN = [
  "@bomb.sh/tab",
  "chevrotain",
  "commander",
  "crc-32",
  "fast-glob",
  "papaparse",
  "vscode-languageserver",
  "vscode-languageserver-textdocument",
  "yauzl",
];

const packageOf = (path) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];

/** A package that our own sources name and that is not taken in stays where it is. */
const packages = {
  name: "packages",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
      const isTakenIn = TAKEN_IN.includes(packageOf(path));
      return kind === "entry-point" || importer.includes("node_modules") || isTakenIn
        ? undefined
        : { path, external: true };
    });
  },
};

/** Modules that are others once all is one: by where they end. */
const REPLACED = {
  // no need to look for chevrotain's file of one piece: this is one
  "grammar/chevrotain.ts": 'export * from "chevrotain";',
  // loaded when it is first called
  "src/catalog/ajv.ts": `export function newAjv(options) {
    const { Ajv2020 } = require("ajv/dist/2020.js");
    return new Ajv2020({ meta: false, validateSchema: false, code: { optimize: false }, ...options });
  }`,
  "src/catalog/made-checks.ts": MADE_CHECKS,
  // chevrotain asks for names alone, thousands of times before the first token; lodash's own takes paths
  "lodash-es/has.js":
    "export default (value, name) => value !== null && value !== undefined && Object.hasOwn(value, name);",
  // and leaves out what is undefined of literals alone, once for every rule and part of a rule
  "lodash-es/pickBy.js":
    "export default (value, isKept) => Object.fromEntries(Object.entries(value ?? {}).filter(([, one]) => isKept(one)));",
  // only commander's own subprograms need it, of which we have none
  "commander/lib/command.js": readFileSync(join(root, "node_modules/commander/lib/command.js"), "utf8").replace(
    "const childProcess = require('node:child_process');",
    "const childProcess = { spawn: (...words) => require('node:child_process').spawn(...words) };",
  ),
};

const replaced = {
  name: "replaced",
  setup({ onLoad }) {
    for (const [source, contents] of Object.entries(REPLACED)) {
      const filter = new RegExp(`${source.replaceAll("/", "[\\\\/]").replaceAll(".", "\\.")}$`);
      onLoad({ filter }, ({ path }) => ({ contents, resolveDir: dirname(path) }));
    }
  },
};

/**
 * What nearly every command loads goes into one chunk: it is all that `check` takes. A chunk is made for every set of
 * parts that share a module, so each part but the light ones is made to ask for `check` too; else there are forty.
 */
const CORE = join(root, "src", "cli", "actions", "check.ts");
const LIGHT = /src[\\/]cli[\\/](?:program|actions[\\/](?:check|cancel|complete|engine|fmt|init|status))\.ts$/;

async function withCore(entryPoints) {
  const { metafile } = await build({ ...options([packages, replaced]), entryPoints, sourcemap: false });
  const below = (path, kinds) =>
    metafile.inputs[path].imports
      .filter(({ kind, external }) => external !== true && kinds(kind))
      .map(({ path }) => path);
  // its own modules may be asked for by name, too; they ask for nothing
  const within = new Set([relative(root, CORE).split(sep).join("/")]);
  for (const path of within) for (const next of below(path, (kind) => kind !== "dynamic-import")) within.add(next);
  const parts = Object.keys(metafile.inputs).flatMap((path) => below(path, (kind) => kind === "dynamic-import"));
  const asking = new Set(
    ["src/index.ts", ...parts]
      .filter((path) => !within.has(path))
      .map((path) => resolve(root, path))
      .filter((path) => !LIGHT.test(path)),
  );
  const core = {
    name: "core",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]src[\\/].*\.tsx?$/ }, ({ path }) => {
        if (!asking.has(path)) return undefined;
        const contents = `${readFileSync(path, "utf8")}\nimport ${JSON.stringify(CORE)};\n`;
        return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
      });
    },
  };
  return build({ ...options([packages, replaced, core]), entryPoints });
}

function options(plugins) {
  return {
    absWorkingDir: root,
    outbase: ".",
    outdir: "dist",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    // ours, in place of what packages say of how they were compiled themselves
    tsconfigRaw: { compilerOptions: { jsx: "react-jsx", verbatimModuleSyntax: true } },
    target: "node20.9",
    // names and lines stay as they were written, for `--debug` shows them; reading less text would take no less time
    minify: false,
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    metafile: true,
    write: false,
    external: ["*.check.cjs"],
    plugins,
    // packages that were written for `require` ask for Node's own modules with it
    banner: {
      js: 'import { createRequire as requireOf } from "node:module";\nconst require = requireOf(import.meta.url);',
    },
  };
}

const built = [await withCore(COMMANDS), await build({ ...options([packages, replaced]), entryPoints: CHILDREN })];
const files = new Map(built.flatMap(({ outputFiles }) => outputFiles.map(({ path, contents }) => [path, contents])));
const checks = await checkFiles();
for (const { name, text } of checks) files.set(join(CHUNKS, name), text);
const isChunk = (path) => dirname(path) === CHUNKS;
mkdirSync(CHUNKS, { recursive: true });
// What runs meanwhile finds its own chunks until the new ones are there: entries are written last, and nothing is
// removed before.
for (const [path, contents] of [...files].sort(([a], [b]) => Number(isChunk(b)) - Number(isChunk(a)))) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}
for (const name of readdirSync(CHUNKS)) if (!files.has(join(CHUNKS, name))) rmSync(join(CHUNKS, name));
writeFileSync(
  join(CHUNKS, "LICENSES.txt"),
  licences([...built, ...checks].flatMap(({ metafile }) => Object.keys(metafile.inputs))),
);

/** What the packages taken in are given under. */
function licences(inputs) {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(resolve(root, folder, "package.json"), "utf8"));
    const file = readdirSync(resolve(root, folder)).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? "" : `\n\n${readFileSync(resolve(root, folder, file), "utf8").trim()}`;
    return `${name} ${version}: ${license}${text}`;
  });
  return `These packages are part of the files beside this one.\n\n${texts.join("\n\n----\n\n")}\n`;
}
