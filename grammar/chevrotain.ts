/**
 * What we use of chevrotain, as the one file its package holds beside its modules: through the modules, lodash comes in
 * 640 files, and every command would wait 0.4 s for them. Where that file is not to be had, the package itself serves.
 */

import type * as Chevrotain from "chevrotain";

async function load(): Promise<typeof Chevrotain> {
  try {
    const entry = import.meta.resolve("chevrotain");
    return await import(new URL("../chevrotain.mjs", entry).href);
  } catch {
    return import("chevrotain");
  }
}

export const { createToken, EmbeddedActionsParser, isRecognitionException, Lexer, tokenMatcher } = await load();
