/**
 * Canonical JSON (RFC 8785): one text for one meaning. Keys sort by UTF-16 code units, numbers print as ECMAScript's
 * shortest round-trip (so -0 is 0 and 1.0 is 1), members that are `undefined` are absent. A lone surrogate, which the
 * RFC refuses, prints as its escape.
 */

/** @throws RangeError for NaN, infinities, functions and anything else JSON cannot say. */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (!Number.isFinite(value)) throw new RangeError(`canonical JSON has no ${value}`);
      return JSON.stringify(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
    default:
      throw new RangeError(`canonical JSON has no ${typeof value}`);
  }
}

function canonicalArray(items: readonly unknown[]): string {
  let text = "[";
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ",";
    text += canonicalJson(items[i]);
  }
  return `${text}]`;
}

function canonicalObject(object: object): string {
  const members = object as { readonly [key: string]: unknown };
  let text = "";
  for (const key of Object.keys(object).sort()) {
    const member = members[key];
    if (member === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}
