/** Run folders for tests: the early one, and copies of it that say something else. */

import { cpSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Papa from "papaparse";

/** Written by the first xferc that wrote run folders: two inits, two repeats, locks of format 1. */
export const EARLY = join(import.meta.dirname, "golden", "early");

export interface Copy {
  readonly folder: string;
  /** Rewrites a file of it. */
  edit(name: string, change: (text: string) => string): void;
  editJson(name: string, change: (value: never) => unknown): void;
}

export function copyOfEarly(into = realpathSync(mkdtempSync(join(tmpdir(), "xferc-record-"))), name = "run"): Copy {
  const folder = join(into, name);
  cpSync(EARLY, folder, { recursive: true });
  const edit: Copy["edit"] = (file, change) => {
    const path = join(folder, file);
    writeFileSync(path, change(readFileSync(path, "utf8")));
  };
  return {
    folder,
    edit,
    editJson: (file, change) => edit(file, (text) => JSON.stringify(change(JSON.parse(text) as never))),
  };
}

interface PlanLike {
  readonly nodes: readonly {
    readonly key: string;
    readonly op: string;
    readonly label: string;
    readonly params: object;
    readonly inputs: readonly string[];
  }[];
}

/** Trainings with another batch: their keys and all behind them are others, in the plan and in the results. */
export function withBatch(copy: Copy, batch: number): void {
  const renamed = new Map<string, string>();
  copy.editJson("plan.json", (plan: PlanLike) => {
    const changed = new Set<string>();
    const nodes = plan.nodes.map((node) => {
      const own = node.op === "train" && node.label.startsWith("train main");
      if (!own && !node.inputs.some((key) => changed.has(key))) return node;
      changed.add(node.key);
      renamed.set(node.key, `${batch}`.padStart(4, "f") + node.key.slice(4));
      const params = own
        ? JSON.parse(JSON.stringify(node.params).replace('"batch":32', `"batch":${batch}`))
        : node.params;
      return { ...node, params };
    });
    const text = JSON.stringify({ ...plan, nodes });
    return JSON.parse([...renamed].reduce((all, [from, to]) => all.replaceAll(from, to), text));
  });
  for (const name of ["results.csv", "results.cka.csv"]) {
    copy.edit(name, (text) => [...renamed].reduce((all, [from, to]) => all.replaceAll(from, to), text));
  }
  copy.edit("study/study.xfer", (text) => text.replace(/(recipe short .*)batch 32/, `$1batch ${batch}`));
}

/** Another value in the rows of a results file that are like this. */
export function withValue(copy: Copy, file: string, like: { readonly [column: string]: string }, value: string): void {
  copy.edit(file, (text) => {
    const { data, meta } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true });
    const rows = data.filter((row) => Object.entries(like).every(([column, wanted]) => row[column] === wanted));
    if (rows.length === 0) throw new Error(`no row like ${JSON.stringify(like)}`);
    for (const row of rows) {
      row.value = value;
      if (value === "") Object.assign(row, { status: "failed", reason: "the loss is NaN at step 2" });
    }
    return `${Papa.unparse({ fields: meta.fields ?? [], data }, { newline: "\n" })}\n`;
  });
}
