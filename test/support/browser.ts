/** Chromium or Chrome as it is installed here; `CHROMIUM` names another. */

import { spawnSync } from "node:child_process";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** Where it is on the path. */
export function findChromium(): string | undefined {
  const wanted = process.env.CHROMIUM === undefined ? NAMES : [process.env.CHROMIUM];
  for (const name of wanted) {
    if (name.includes("/")) return name;
    const { status, stdout } = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
    if (status === 0) return stdout.trim();
  }
  return undefined;
}

/** Without a sandbox: tests run as root in containers, and what is shown is our own. */
export function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}
