/** The page of the linter's rules, and what `check --explain` adds for one. */

import { ALL_RULES } from "../compiler/lint/index.js";
import type { RuleText } from "../compiler/lint/rule.js";
import { MESSAGES } from "../compiler/messages.js";
import { code, page, prose, table } from "./markdown.js";

/** A study that is told of the rule with what it is told, and one that is not. */
export interface RuleExample {
  readonly bad: string;
  readonly told: string;
  readonly good: string;
}

export function ruleText(name: string): RuleText | undefined {
  return ALL_RULES.find((each) => each.name === name);
}

export function rulesPage(examples: ReadonlyMap<string, RuleExample>): string {
  const rules = [...ALL_RULES].sort((a, b) => (MESSAGES[a.name].code < MESSAGES[b.name].code ? -1 : 1));
  const first = (why: string) => prose(why.split(/(?<=[.:]) /)[0] ?? why);
  return page([
    "# Rules of the linter",
    "What the methodology linter looks for, why, and in which literature. How to silence a rule in one place, and how a " +
      "project makes it stricter or turns it off: [linting](../linting.md). The studies are checked in the tests.",
    table(
      ["rule", "level", "what goes wrong"],
      rules.map(({ name, why }) => [`[${code(name)}](#${name})`, MESSAGES[name].severity, first(why)]),
    ),
    ...rules.flatMap((rule) => section(rule, examples.get(rule.name))),
  ]);
}

function section({ name, why, references }: RuleText, example: RuleExample | undefined): readonly string[] {
  return [
    `## ${name}`,
    `${MESSAGES[name].code} · *${MESSAGES[name].severity}*`,
    prose(why),
    references.map((each) => `- ${prose(each)}`).join("\n"),
    ...(example === undefined
      ? []
      : [
          "Told:",
          `\`\`\`xfer\n${example.bad.trimEnd()}\n\`\`\``,
          `\`\`\`text\n${example.told.trimEnd()}\n\`\`\``,
          "Not told:",
          `\`\`\`xfer\n${example.good.trimEnd()}\n\`\`\``,
        ]),
  ];
}
