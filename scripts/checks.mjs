// What ajv makes of our documents' schemas, for src/catalog/made-checks.ts. Reads what tsc wrote.

import { dirname } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { DOCUMENT } from "../dist/src/catalog/json-check.js";

/** As `documentCheck` names them: where each schema is, below dist/src. */
export const DOCUMENTS = {
  lock: ["compiler/plan/lock.schema.js", "LOCK_SCHEMA"],
  "first-lock": ["compiler/plan/lock.schema.js", "FIRST_LOCK_SCHEMA"],
  "recorded-plan": ["compiler/plan/read-json.js", "RECORDED_SCHEMA"],
  config: ["runtime/host/config.js", "CONFIG_SCHEMA"],
  "store-manifest": ["runtime/store/manifest.js", "MANIFEST_SCHEMA"],
  "engine-manifest": ["runtime/engine/tensorflow/manifest.js", "ENGINE_SCHEMA"],
  inventory: ["runtime/devices/inventory-file.js", "INVENTORY_SCHEMA"],
  "from-worker": ["runtime/workers/protocol.js", "FROM_WORKER_SCHEMA"],
  "to-worker": ["runtime/workers/protocol.js", "TO_WORKER_SCHEMA"],
};

/** Of one document, a module for `require` whose `check` is the function. */
async function madeCheck(name) {
  const [path, constant] = DOCUMENTS[name];
  const { [constant]: schema } = await import(`../dist/src/${path}`);
  if (schema === undefined) throw new Error(`dist/src/${path} has no ${constant}`);
  const ajv = new Ajv2020({ ...DOCUMENT, meta: false, validateSchema: false, code: { source: true, esm: true } });
  // under this name alone: what it is a schema of is no matter here
  const { $id: _id, $schema: _schema, ...rest } = schema;
  ajv.addSchema(rest, name);
  const { outputFiles, metafile } = await build({
    absWorkingDir: dirname(import.meta.dirname),
    stdin: { contents: standalone.default(ajv, { check: name }), resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: "cjs",
    platform: "node",
    target: "node20.9",
    metafile: true,
    write: false,
  });
  return { name: `${name}.check.cjs`, text: outputFiles[0].text, metafile };
}

/** Files of `dist/chunks/`: each is read when its document is. */
export async function checkFiles() {
  return Promise.all(Object.keys(DOCUMENTS).map(madeCheck));
}

/** What src/catalog/made-checks.ts is then. */
export const MADE_CHECKS = `export const MADE = {${Object.keys(DOCUMENTS)
  .map((name) => `\n  get ${JSON.stringify(name)}() { return require("./${name}.check.cjs").check; },`)
  .join("")}\n};\n`;
