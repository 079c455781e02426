// node scripts/screenshot.mjs REPORT.html OUT.png [WIDTH] [HEIGHT]: a picture of a report, by headless Chromium.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

function findBrowser() {
  const wanted = process.env.CHROMIUM ? [process.env.CHROMIUM] : NAMES;
  return wanted.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

const [report, out, width = "1280", height = "2400"] = process.argv.slice(2);
if (report === undefined || out === undefined || !/^\d+$/.test(width) || !/^\d+$/.test(height)) {
  console.error("usage: node scripts/screenshot.mjs REPORT.html OUT.png [WIDTH] [HEIGHT]");
  process.exit(2);
}
if (!existsSync(report)) {
  console.error(`there is no file ${report}; run a study first, its report is report/index.html in the run folder`);
  process.exit(1);
}
const browser = findBrowser();
if (browser === undefined) {
  console.error("found no Chromium or Chrome; install one (Debian: apt install chromium) or name it in CHROMIUM");
  process.exit(1);
}
const profile = mkdtempSync(join(tmpdir(), "xferc-chromium-"));
// narrower than 500 px a window cannot be: the page is put into a frame of the wanted width
const narrow = Number(width) < 500;
const page = pathToFileURL(resolve(report)).href;
const frame = join(profile, "frame.html");
writeFileSync(
  frame,
  `<!doctype html><body style="margin:0"><iframe src="${page}" style="border:0;width:${width}px;height:${height}px"></iframe>`,
);
const result = spawnSync(
  browser,
  [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--allow-file-access-from-files",
    `--user-data-dir=${profile}`,
    `--screenshot=${resolve(out)}`,
    `--window-size=${narrow ? 500 : width},${height}`,
    ...(process.env.DARK ? ["--blink-settings=preferredColorScheme=0"] : []),
    narrow ? pathToFileURL(frame).href : page,
  ],
  { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8", timeout: 120_000 },
);
rmSync(profile, { recursive: true, force: true });
if (result.status !== 0 || !existsSync(out)) {
  console.error(`the browser could not draw the page:\n${result.stderr ?? ""}`);
  process.exit(1);
}
console.log(out);
