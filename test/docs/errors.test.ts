/** docs/errors.md: every message as it is printed, and what was thought of it when all were read. Rewrite it with -u. */

import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { code, page, prose, table } from "../../src/reference/markdown.js";
import { allMessages } from "../../src/reference/messages.js";
import { REMARKS } from "./error-remarks.js";

const BAD = "test/compiler/bad";

interface Printed {
  readonly head: string;
  readonly remedy: string;
  readonly parts: readonly string[];
}

/** The shortest print of each in the goldens. */
function printed(): ReadonlyMap<string, Printed> {
  const found = new Map<string, Printed & { readonly length: number }>();
  const files = readdirSync(BAD, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".txt"));
  for (const file of files.sort()) {
    for (const block of readFileSync(`${BAD}/${file}`, "utf8").split(/\n\n/)) {
      const [head = "", ...lines] = block.split("\n");
      const [, own, message = ""] = /^\w+\[(XF\d{4}) [a-z0-9-]+\]: (.*)$/.exec(head) ?? [];
      const before = own === undefined ? undefined : found.get(own);
      if (own === undefined || (before !== undefined && before.length <= block.length)) continue;
      const after = (word: string) => lines.find((line) => line.startsWith(`  ${word}: `))?.slice(word.length + 4);
      const [fix, hint] = [after("fix"), after("hint")];
      const label = lines.some((line) => /│ +\^+ \S/.test(line));
      const note = lines.some((line) => /^ {2}[A-Z`]/.test(line) && !/^ {2}\S+:\d+:\d+ /.test(line));
      const parts = [label && "label", note && "note", fix !== undefined && "fix", hint !== undefined && "hint"];
      const remedy = fix ?? hint ?? "";
      found.set(own, { head: message, remedy, parts: parts.filter((part) => part !== false), length: block.length });
    }
  }
  return found;
}

it("says of every message how it reads", async () => {
  const prints = printed();
  const rows = allMessages().map(({ code: own, name, message, hint, label, note }) => {
    const print = prints.get(own);
    const parts = print?.parts ?? [label && "label", note && "note", hint && "hint"].filter(Boolean);
    const bare = parts.length === 0;
    const remark = REMARKS[name];
    expect(bare && remark === undefined ? name : "", "a message without more than a headline needs a remark").toBe("");
    const shown = print?.head ?? message.replaceAll(/\{[A-Za-z]+\}/g, "…");
    return [
      `${own} [${code(name)}](reference/messages.md)`,
      prose(shown),
      prose(print?.remedy ?? hint?.replaceAll(/\{[A-Za-z]+\}/g, "…") ?? ""),
      prose(remark ?? "clear"),
    ];
  });
  const text = page([
    "# Errors, reviewed",
    "The messages of the compiler, each as it is printed for the shortest bad study that is told it (`test/compiler/bad`); " +
      "where no study shows it (it needs data, files or a machine), as it is written, with `…` for what it names. They are " +
      "read for five things: does it say what is wrong in words of the study and not of the compiler; does the caret stand " +
      "where the hand must go; does it say what to do; is it the only thing said of this slip; is it true. What to do is " +
      "a fix before a hint, as a terminal shows them. The verdict `clear` is that of a message of which nothing was noted; " +
      "`npm test` holds only that each is more than a headline or has a remark, and that this page is as it is printed.",
    table(["message", "as printed", "what to do", "verdict"], rows),
  ]);
  await expect(text).toMatchFileSnapshot("../../docs/errors.md");
});
