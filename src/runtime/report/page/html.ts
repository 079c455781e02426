/** HTML by template: everything put in is escaped, unless it is HTML already. */

export class Html {
  readonly text: string;
  private constructor(text: string) {
    this.text = text;
  }

  /** Of a template's parts; strings and numbers are escaped, lists are joined, null is nothing. */
  static build(strings: TemplateStringsArray, parts: readonly Part[]): Html {
    let text = strings[0] ?? "";
    for (const [index, part] of parts.entries()) {
      text += partText(part) + (strings[index + 1] ?? "");
    }
    return new Html(text);
  }

  /** Text that is HTML or SVG of our own making. */
  static trusted(text: string): Html {
    return new Html(text);
  }
}

export type Part = Html | string | number | null | readonly Part[];

const ENTITIES: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function isList(part: Part): part is readonly Part[] {
  return Array.isArray(part);
}

function partText(part: Part): string {
  if (part === null) {
    return "";
  }
  if (part instanceof Html) {
    return part.text;
  }
  return isList(part) ? part.map(partText).join("") : escapeHtml(String(part));
}

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return Html.build(strings, parts);
}

/** `n = 3`, `95 %`: not broken between two lines. */
export function unbroken(text: string): string {
  return text.replace(/\bn = (?=\d)/g, "n\u00a0=\u00a0").replace(/(?<=\d) (?=%)/g, "\u00a0");
}

/** A message's text: what stands in backticks is code. */
export function prose(text: string): Html {
  const parts = text.split("`");
  return html`${parts.map((part, index) => (index % 2 === 1 && index < parts.length - 1 ? html`<code>${part}</code>` : part))}`;
}
