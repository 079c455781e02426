/** Rules of docs/grammar.md as railroad diagrams. */

import railroad from "@prantlf/railroad-diagrams";

const { Choice, Diagram, NonTerminal, Optional, Sequence, Skip, Terminal, ZeroOrMore } = railroad;

/** @returns {string} an SVG element */
export function draw(rule) {
  return new Diagram(shape(rule)).toString();
}

function shape(rule) {
  switch (rule.kind) {
    case "text":
      return new Terminal(rule.text);
    case "name":
      return new NonTerminal(rule.name);
    case "choice":
      return new Choice(0, ...rule.options.map(shape));
    case "optional":
      return new Optional(shape(rule.of));
    case "repeat":
      return new ZeroOrMore(shape(rule.of));
    case "sequence":
      return rule.parts.length === 0 ? new Skip() : new Sequence(...rule.parts.map(shape));
    default:
      throw new Error(`no such thing in a rule: ${rule.kind}`);
  }
}
