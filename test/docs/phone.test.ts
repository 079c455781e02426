/** The site as a phone shows it: nothing runs out of the page, every page is in the menu, the search finds. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/runtime/host/index.js";
import { findChromium, startChromium } from "../support/browser.js";

const SITE = join(packageRoot, "docs/.vitepress/dist");
const TYPES: { readonly [ending: string]: string } = {
  ...{ ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" },
  ...{ ".json": "application/json", ".woff2": "font/woff2", ".png": "image/png" },
};
const chromium = findChromium();
const missing = [
  ...(existsSync(join(SITE, "index.html")) ? [] : ["site not built; `npm run site`"]),
  ...(chromium === undefined ? ["no Chromium; `apt-get install chromium`, or CHROMIUM names one"] : []),
];
const reason = missing.length === 0 ? "" : ` (skipped: ${missing.join("; ")})`;
const pages = existsSync(SITE)
  ? readdirSync(SITE, { recursive: true, encoding: "utf8" }).filter(
      (name) => /\.html$/.test(name) && name !== "404.html",
    )
  : [];

/** What ends right of the screen, and in nothing that scrolls. Runs in the page. */
const OVERFLOWING = `(() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => element !== null && element !== document.body &&
    (["auto", "scroll", "hidden"].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  return [...document.querySelectorAll("main *")]
    .filter((each) => each.getBoundingClientRect().right > width + 1 && !scrolls(each.parentElement))
    .map((each) => each.tagName + " " + (each.textContent ?? "").slice(0, 60));
})()`;

describe.skipIf(missing.length > 0)(`the site on a phone${reason}`, { timeout: 180_000 }, () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let base = "";
  beforeAll(async () => {
    server = createServer(({ url = "/" }, response) => {
      const path = join(SITE, decodeURIComponent(new URL(url, "http://site").pathname));
      const file = existsSync(path) && statSync(path).isDirectory() ? join(path, "index.html") : path;
      if (!file.startsWith(SITE) || !existsSync(file)) response.writeHead(404).end();
      else response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "" }).end(readFileSync(file));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await startChromium(chromium ?? "");
    page = await browser.newPage({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it("has nothing wider than the screen", async () => {
    expect(pages.length).toBeGreaterThan(40);
    const wide: string[] = [];
    for (const name of pages) {
      // a page that was made by a run, and is kept as it was
      if (name === join("replication", "report.html")) continue;
      await page.goto(`${base}/${name}`);
      for (const what of await page.evaluate<string[]>(OVERFLOWING)) wide.push(`${name}: ${what}`);
    }
    expect(wide).toEqual([]);
  });

  it("has every page in its menu", async () => {
    await page.goto(`${base}/tour.html`);
    const hrefs = await page.evaluate<string[]>(
      `[...document.querySelectorAll(".VPSidebar a")].map((each) => each.getAttribute("href"))`,
    );
    const own = pages.map((name) => `/${name.replaceAll("\\", "/")}`);
    const listed = (path: string) => hrefs.includes(path) || hrefs.includes(path.replace(/index\.html$/, ""));
    const elsewhere = /^\/index\.html$|^\/replication\/|^\/decisions\/(?!index)/;
    expect(own.filter((path) => !elsewhere.test(path) && !listed(path))).toEqual([]);
  });

  it("finds what one searches for", async () => {
    await page.goto(`${base}/`);
    await page.locator(".VPNavBarSearch button").first().click();
    await page.locator(".VPLocalSearchBox input").fill("label_equivalent");
    await page.locator(".VPLocalSearchBox .result").first().click();
    await page.waitForURL(/statistics|probes|tour|cookbook/);
  });
});
