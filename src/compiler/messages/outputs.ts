/** XF03xx: derive, table and figure. */

import { defineMessages } from "./define.js";

export const OUTPUTS = defineMessages({
  "axis-not-placed": {
    code: "XF0304",
    severity: "error",
    message: "`{what}` would mix {count} in one number",
    label: "still varies over {axes}",
    note: "Only `repeat` and `fold` are averaged for you. Every other axis must be seen.",
    hint: "add it (`{add}`), choose one (`{choose}`), or say you want the mean (`{mean}`).",
  },
});
