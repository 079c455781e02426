/** Everything the compiler may say, by code: pages of the reference, and what `xferc check --explain` prints. */

import type { MessageDefinition } from "../compiler/messages/define.js";
import { MESSAGES } from "../compiler/messages.js";
import { code, page, prose } from "./markdown.js";
import { ruleText } from "./rules.js";

export interface ExplainedMessage extends MessageDefinition {
  /** `axis-not-placed`. */
  readonly name: string;
}

/** A study that is told this, and all that it is told. */
export interface MessageExample {
  readonly source: string;
  readonly output: string;
}

/** By code. */
export function allMessages(): readonly ExplainedMessage[] {
  return Object.entries<MessageDefinition>(MESSAGES)
    .map(([name, definition]) => ({ ...definition, name }))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}

/** By code (`XF0304`, `xf304`) or name. */
export function findMessage(wanted: string): ExplainedMessage | undefined {
  const text = wanted.trim().toLowerCase();
  const digits = /^xf0*(\d+)$/.exec(text)?.[1];
  return allMessages().find(({ code: own, name }) => name === text || (digits !== undefined && own === codeOf(digits)));
}

function codeOf(digits: string): string {
  return `XF${digits.padStart(4, "0")}`;
}

const AREAS: readonly (readonly [prefix: string, title: string])[] = [
  ["XF00", "Files"],
  ["XF01", "Syntax"],
  ["XF02", "Names, values and units"],
  ["XF03", "Tables, figures and derived quantities"],
  ["XF04", "Experiments, data and models"],
  ["XF05", "Declarations"],
  ["XF06", "Profiles and --set"],
  ["XF07", "Cases, subsets and folds"],
  ["XF08", "Later versions"],
  ["XF09", "Methodology: the linter"],
];

/** Holes are shown as `…`. */
function shown(text: string): string {
  return prose(text.replaceAll(/\{[A-Za-z]+\}/g, "…"));
}

export function messagesPage(examples: ReadonlyMap<string, MessageExample>): string {
  const messages = allMessages();
  return page([
    "# Diagnostics",
    "What the compiler and the linter say, by code. `xferc check --explain CODE` prints an entry of this page. Where the " +
      "text depends on the study, it has a `…`. Codes are never used again for something else.",
    ...AREAS.flatMap(([prefix, title]) => [
      `## ${title}`,
      ...messages.filter(({ code: own }) => own.startsWith(prefix)).flatMap((each) => section(each, examples)),
    ]),
  ]);
}

function section(message: ExplainedMessage, examples: ReadonlyMap<string, MessageExample>): readonly string[] {
  const example = examples.get(message.code);
  return [
    `### ${message.code} ${message.name}`,
    `*${message.severity}* · ${shown(message.message)}`,
    message.note === undefined ? "" : shown(message.note),
    message.hint === undefined ? "" : `**What to do**: ${shown(message.hint)}`,
    message.code.startsWith("XF09") && message.severity !== "error" && !message.name.startsWith("ignore-")
      ? `To keep it, say why on the line above: ${code(`// xfer-ignore ${message.name}: the reason`)}.`
      : "",
    ruleText(message.name) === undefined
      ? ""
      : `Why, and where to read on: [rules of the linter](lint.md#${message.name}).`,
    example === undefined
      ? ""
      : `<details><summary>Example</summary>\n\n\`\`\`xfer\n${example.source.trimEnd()}\n\`\`\`\n\n\`\`\`text\n${example.output.trimEnd()}\n\`\`\`\n\n</details>`,
  ];
}

/** For a terminal. */
export function explanation({ code: own, name, severity, message, note, hint }: ExplainedMessage): string {
  const plain = (text: string) => text.replaceAll(/\{[A-Za-z]+\}/g, "…");
  const rule = ruleText(name);
  return [
    `${own} ${name} (${severity})`,
    "",
    plain(message),
    ...(note === undefined ? [] : ["", plain(note)]),
    ...(hint === undefined ? [] : ["", `What to do: ${plain(hint)}`]),
    ...(rule === undefined ? [] : ["", `Why: ${rule.why}`, "", ...rule.references]),
    ...(own.startsWith("XF09") && !name.startsWith("ignore-")
      ? ["", `To keep it, say why on the line above: // xfer-ignore ${name}: the reason`]
      : []),
  ].join("\n");
}
