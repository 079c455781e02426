/** The site: this folder's pages, with a search and diagrams drawn. `npm run site` builds it into .vitepress/dist. */

import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { readRules } from "./notation.mjs";
import { draw } from "./railroad.mjs";

const docs = new URL("../", import.meta.url);
const xfer = JSON.parse(readFileSync(new URL("../editors/vscode/syntaxes/xfer.tmLanguage.json", docs), "utf8"));
const titleOf = (page) => /^# (.*)$/m.exec(readFileSync(new URL(`${page}.md`, docs), "utf8"))?.[1] ?? page;
const link = (page) => ({ text: titleOf(page), link: `/${page}` });
const group = (text, pages) => ({ text, items: pages.map(link) });
const reference = (pages) => pages.map((page) => `reference/${page}`);

export default defineConfig({
  title: "xferc",
  description: "A language, compiler and runtime for transfer-learning studies",
  cleanUrls: false,
  // Files of the repository that are no pages.
  ignoreDeadLinks: [
    /schemas\//,
    /replication\/(?:report|summary)/,
    /^\.\.?\/(?:\.\.\/)*(?:src|studies|test|scripts|bench|editors|examples|README|CONTRIBUTING)/,
  ],
  // What a page links to and is no page: the report of a run, its numbers.
  // Rows of prose that no phone is wide enough for.
  transformPageData: ({ relativePath, frontmatter }) => {
    if (relativePath === "errors.md") frontmatter.pageClass = "prose-rows";
    if (relativePath.startsWith("reference/")) frontmatter.pageClass = "prose-rows parameters";
  },
  buildEnd: ({ outDir }) => cpSync(new URL("replication", docs), join(outDir, "replication"), { recursive: true }),
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Tour", link: "/tour" },
      { text: "Reference", link: "/reference/model" },
      { text: "Diagnostics", link: "/reference/messages" },
    ],
    sidebar: [
      group("The language", [
        "tour",
        "cookbook",
        "recipes",
        "grammar",
        "datasets",
        "metrics",
        "probes",
        "statistics",
        "linting",
      ]),
      group("Running studies", [
        "editors",
        "engines",
        "devices",
        "slurm",
        "cache",
        "reproducing",
        "reports",
        "trackers",
        "plugins",
        "predictions",
        "features",
      ]),
      group(
        "Reference",
        reference([
          "dataset",
          "transform",
          "model",
          "adapter",
          "init",
          "sampler",
          "state",
          "optimizer",
          "solver",
          "schedule",
          "loss",
          "augment",
          "mix",
          "average",
          "stop",
          "selection",
          "precision",
          "probe",
          "metric",
          "test",
          "mark",
          "messages",
          "lint",
        ]).concat("errors"),
      ),
      group("What came out", ["replication"]),
      group("Inside", ["architecture", "versioning", "decisions/index", "benchmarks"]),
    ],
  },
  markdown: {
    languages: [xfer],
    languageAlias: { ebnf: "text" },
    config(markdown) {
      const fence = markdown.renderer.rules.fence;
      markdown.renderer.rules.fence = (tokens, index, ...rest) => {
        const { info, content } = tokens[index];
        if (info.trim() !== "ebnf") return fence(tokens, index, ...rest);
        return readRules(content)
          .map(({ name, rule, text }) => {
            const shown = markdown.utils.escapeHtml(text);
            return `<figure class="rule" id="rule-${name}"><figcaption><code v-pre>${shown}</code></figcaption><div v-pre>${draw(rule)}</div></figure>`;
          })
          .join("\n");
      };
    },
  },
});
