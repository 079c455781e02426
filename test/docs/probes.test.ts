import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entries, entry } from "../../src/catalog/index.js";

const page = readFileSync(join(import.meta.dirname, "../../docs/probes.md"), "utf8");
const sections = page.split(/^## /m).slice(1);
const sectionOf = (id: string) => sections.find((each) => each.split("\n", 1)[0]?.split(", ").includes(id)) ?? "";
const words = (text: string) => new Set(text.match(/[a-z_0-9]+/gi));

/** Scores have more to say than this page: the tour does. */
const described = entries("probe").filter(({ reads }) => reads.kind !== "predictions");

describe("the page of the probes", () => {
  it.each(described.map((probe) => [probe.id, probe] as const))(
    "has %s with every parameter and choice",
    (id, probe) => {
      const found = words(sectionOf(id));
      for (const [name, schema] of Object.entries(probe.parameters)) {
        expect(found, `parameter ${name}`).toContain(name);
        for (const choice of schema.enum ?? []) expect(found, `${name}: ${choice}`).toContain(String(choice));
      }
    },
  );

  it.each(described.map((probe) => [probe.id, probe] as const))("says the defaults of %s", (id, { parameters }) => {
    const text = sectionOf(id);
    for (const [name, schema] of Object.entries(parameters)) {
      if (schema.default === undefined) continue;
      const value = schema.default === true ? "yes" : String(schema.default);
      expect(text, `${name}: ${value}`).toContain(`${name}: ${value}`);
    }
  });

  it("has every sampler and treatment", () => {
    const found = words(sectionOf("Statistics transfer"));
    for (const { id } of entries("sampler")) expect(found).toContain(id);
    for (const name of Object.keys(entry("init", "stats")?.parameters ?? {})) expect(found).toContain(name);
  });
});
