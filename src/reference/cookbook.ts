/** The cookbook's page: every template with what it is for, and its text. */

export interface Recipe {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly text: string;
}

export function cookbookPage(recipes: readonly Recipe[]): string {
  return `${INTRODUCTION}\n${recipes.map(section).join("\n")}`;
}

const INTRODUCTION = `# Cookbook

Studies to begin from. \`xferc init --template NAME\` writes one into your folder; those on the bundled images run as they
are, in a minute with \`--profile small\`. Each is checked by the test suite.
`;

function section({ name, title, about, text }: Recipe): string {
  const [, body = text] = /^(?:\/\/.*\n)+([\s\S]*)$/.exec(text) ?? [];
  return `## ${title}\n\n\`${name}\`: ${about}\n\n\`\`\`xfer\n${body}\`\`\`\n`;
}
