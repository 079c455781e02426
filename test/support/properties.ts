/**
 * fast-check, of one seed: what passes once passes again. Look for more with `XFERC_FUZZ_SEED=random npx vitest run …`; a
 * failure prints the seed that finds it.
 */

import fc from "fast-check";

const { XFERC_FUZZ_SEED = "2203" } = process.env;
const seed = XFERC_FUZZ_SEED === "random" ? Date.now() : Number(XFERC_FUZZ_SEED);
if (!Number.isSafeInteger(seed)) throw new Error(`XFERC_FUZZ_SEED=${XFERC_FUZZ_SEED}: write a whole number, or random`);
fc.configureGlobal({ seed });

export default fc;
