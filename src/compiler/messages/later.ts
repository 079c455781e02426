/** XF08xx: what a later version carries out. The list of constructs is check/later.ts. */

import { defineMessages } from "./define.js";

export const LATER = defineMessages({
  "not-in-this-version": {
    code: "XF0801",
    severity: "error",
    message: "{what} is not part of this version of xfer",
    hint: "{instead}",
  },
});
