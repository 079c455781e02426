/** The one place that loads ajv. In what is built it is loaded when first called (`scripts/bundle.mjs`), and mostly never. */

import { Ajv2020, type Options } from "ajv/dist/2020.js";

/** Our schemas are our own and tested: holding them against the schema of schemas would cost more than all the rest. */
export function newAjv(options: Options): Ajv2020 {
  return new Ajv2020({ meta: false, validateSchema: false, code: { optimize: false }, ...options });
}
