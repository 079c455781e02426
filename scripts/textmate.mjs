/** Writes the TextMate grammar that editors ship, from the tokens: `npm run build && node scripts/textmate.mjs`. */

import { writeFileSync } from "node:fs";
import { textMateGrammar } from "../dist/grammar/textmate.js";

const target = new URL("../editors/vscode/syntaxes/xfer.tmLanguage.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(textMateGrammar(), null, 2)}\n`);
