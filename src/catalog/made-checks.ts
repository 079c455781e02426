import type { ValidateFunction } from "ajv/dist/2020.js";

/** By name, what the build made of schemas; where there was no build, nothing. `scripts/checks.mjs` writes it. */
export const MADE: { readonly [name: string]: ValidateFunction } = {};
