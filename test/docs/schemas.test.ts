/** The schemas other programs read are files; rewrite them with `npx vitest run test/docs/schemas -u`. */

import { expect, it } from "vitest";
import { LOCK_SCHEMA } from "../../src/compiler/plan/lock.schema.js";
import { PLAN_SCHEMA } from "../../src/compiler/plan/plan.schema.js";
import { CONFIG_SCHEMA } from "../../src/runtime/host/config.js";
import { REPRODUCTION_SCHEMA, RUN_DIFF_SCHEMA } from "../../src/runtime/record/schemas.js";

it.each([
  ["plan", PLAN_SCHEMA],
  ["study.lock", LOCK_SCHEMA],
  ["reproduce", REPRODUCTION_SCHEMA],
  ["diff", RUN_DIFF_SCHEMA],
  ["xfer.config", CONFIG_SCHEMA],
])("%s.schema.json is what the compiler holds itself to", async (name, schema) => {
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(`../../docs/schemas/${name}.schema.json`);
});
