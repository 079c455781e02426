// What ajv makes of our schemas, as the text of a module: `MADE` of src/catalog/made-checks.ts. Reads what tsc wrote.

import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
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

export async function madeChecks() {
  const ajv = new Ajv2020({ ...DOCUMENT, meta: false, validateSchema: false, code: { source: true, esm: true } });
  const named = {};
  const members = [];
  for (const [name, [path, constant]] of Object.entries(DOCUMENTS)) {
    const { [constant]: schema } = await import(`../dist/src/${path}`);
    if (schema === undefined) throw new Error(`dist/src/${path} has no ${constant}`);
    // by this name alone: what it is a schema of is no matter here
    const { $id: _id, $schema: _schema, ...rest } = schema;
    ajv.addSchema(rest, name);
    named[`check${members.length}`] = name;
    members.push(`${JSON.stringify(name)}: check${members.length}`);
  }
  return `${standalone.default(ajv, named)}\nexport const MADE = { ${members.join(", ")} };\n`;
}
