/** Words that start a statement in other languages, and what kind of statement that is. */

export const FOREIGN_STATEMENTS: ReadonlyMap<string, string> = new Map([
  ...["def", "function", "fn", "func", "lambda"].map((word) => [word, "function"] as const),
  ...["if", "else", "elif", "switch", "match"].map((word) => [word, "condition"] as const),
  ...["while", "for", "foreach", "loop"].map((word) => [word, "loop"] as const),
  ...["class", "struct", "type", "interface"].map((word) => [word, "class"] as const),
  ...["let", "const", "var", "set", "export"].map((word) => [word, "variable"] as const),
  ...["from", "include", "require", "use", "using"].map((word) => [word, "import"] as const),
  ["return", "return"],
]);

/** Those that cannot be meant as the name of a setting. */
export const FOREIGN_SETTINGS: ReadonlySet<string> = new Set([
  ...["def", "function", "if", "else", "elif", "while", "let", "const", "var", "return"],
]);
