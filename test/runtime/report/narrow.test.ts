/** The report in a real browser, wide and narrow: nothing runs out of the page, and what scrolls can be scrolled by keyboard. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeReport } from "../../../src/runtime/report/index.js";
import { checked } from "../../compiler/outputs/fixture.js";
import { findChromium, startChromium } from "../../support/browser.js";
import { made } from "./fixture.js";

const chromium = findChromium();
const reason = chromium === undefined ? " (skipped: no Chromium; `apt-get install chromium`)" : "";

/** What ends right of the page, and in nothing that scrolls. Runs in the page. */
const OVERFLOWING = `(() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => element !== null && element !== document.body &&
    (["auto", "scroll", "hidden"].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  return [...document.querySelectorAll("header, header *, nav *, main *, footer *")]
    .filter((each) => each.getBoundingClientRect().right > width + 1 && !scrolls(each.parentElement))
    .map((each) => each.tagName + " " + (each.textContent ?? "").slice(0, 60));
})()`;

describe.skipIf(chromium === undefined)(`the report in a browser${reason}`, { timeout: 180_000 }, () => {
  let folder = "";
  let address = "";
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "xferc-narrow-"));
    const { path } = await writeReport(folder, made(checked().study));
    address = pathToFileURL(path).href;
    browser = await startChromium(chromium ?? "");
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function opened(width: number): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    await page.goto(address);
    return page;
  }

  it.each([1280, 400])("of %i pixels holds all of the page", async (width) => {
    const page = await opened(width);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    expect(await page.evaluate(OVERFLOWING)).toEqual([]);
    await page.close();
  });

  it("fades what goes on at its edge until it is scrolled there, and lets the keyboard in", async () => {
    const page = await opened(400);
    const wide = page.locator("figure .drawing.cut").first();
    expect(await wide.getAttribute("tabindex")).toBe("0");
    await page.evaluate(
      "for (const place of document.querySelectorAll('figure .drawing')) place.scrollLeft = place.scrollWidth",
    );
    await expect.poll(() => page.evaluate("document.querySelector('figure .drawing').className")).not.toContain("cut");
    const whole = await opened(1280);
    expect(await whole.locator(".scroll.cut, .scroll[tabindex]").count()).toBe(0);
    await Promise.all([page.close(), whole.close()]);
  });

  it("names a data set's numbers beside them where there is no room for a head", async () => {
    const page = await opened(400);
    expect(await page.locator("#data thead").isVisible()).toBe(false);
    expect(await page.locator("#data td[data-head='to be cited as']").first().isVisible()).toBe(true);
    await page.close();
  });

  it("finds cells by words, and says how many of how many", async () => {
    const page = await opened(1280);
    const all = await page.locator(".filters output").textContent();
    expect(all).toMatch(/^(\d+) of \1 cells$/);
    await page.locator(".filters input").fill("vit_s brain WT");
    await expect.poll(() => page.locator(".filters output").textContent()).toMatch(/^2 of /);
    expect(await page.locator("#cells .list .trial").count()).toBe(2);
    await page.close();
  });
});
