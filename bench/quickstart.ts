/**
 * The quickstart as a user starts it: the built command, spawned. First with an empty cache (aim: 2 to 3 min), then with
 * everything in it (aim: < 3 s). Beside it `xferc check` of the same file, and `xferc --version`; these take turns, and
 * medians by the clock are given.
 *
 *     npx tsc -p bench && node dist/bench/quickstart.js [ROUNDS] [PROFILE]
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./median.js";

const [rounds = "7", profile] = process.argv.slice(2);
const root = fileURLToPath(new URL("../../", import.meta.url));
const command = join(root, "dist/src/cli/main.js");
const study = "studies/quickstart.xfer";
const out = mkdtempSync(join(tmpdir(), "xferc-bench-"));
const place = ["--cache", join(out, "cache"), ...(profile === undefined ? [] : ["--profile", profile])];

let runs = 0;
const commands: { readonly [name: string]: () => readonly string[] } = {
  "cached run": () => ["run", study, ...place, "--ui", "plain", "--out", join(out, `${++runs}`)],
  "check of the quickstart": () => ["check", study],
  "--version": () => ["--version"],
};

/** Seconds by the clock. */
function spawned(words: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [command, ...words], { cwd: root, encoding: "utf8" });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`xferc ${words.join(" ")} ended with ${status}\n${stderr}`);
  return seconds;
}

try {
  console.log(`nothing cached: ${spawned(commands["cached run"]?.() ?? []).toFixed(0)} s`);
  const seconds = new Map(Object.keys(commands).map((name): [string, number[]] => [name, []]));
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, words] of Object.entries(commands)) seconds.get(name)?.push(spawned(words()));
  }
  for (const [name, took] of seconds) {
    console.log(
      `${name}: ${median(took).toFixed(2)} s (${Math.min(...took).toFixed(2)} to ${Math.max(...took).toFixed(2)})`,
    );
  }
  console.log(`load ${loadavg()[0]?.toFixed(1)}`);
} finally {
  rmSync(out, { recursive: true, force: true });
}
