/** A VS Code in a browser with our extension in it, and what one does there by keyboard and mouse. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Locator, Page } from "playwright-core";
import { vi } from "vitest";
import { startChromium } from "../support/browser.js";

const SETTINGS = {
  "security.workspace.trust.enabled": false,
  "files.autoSave": "off",
  "workbench.startupEditor": "none",
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "editor.minimap.enabled": false,
  // a screen that is drawn as text can be read
  "terminal.integrated.gpuAcceleration": "off",
};

interface Options {
  /** Where test/editors/code-server.sh put it. */
  readonly codeServer: string;
  readonly chromium: string;
  readonly vsix: string;
  /** Shown by VS Code. */
  readonly folder: string;
  /** For what VS Code itself writes. */
  readonly state: string;
  readonly settings: { readonly [name: string]: unknown };
}

export class Workbench {
  readonly #server: ChildProcess;
  readonly #browser: Browser;
  readonly page: Page;

  private constructor(server: ChildProcess, browser: Browser, page: Page) {
    this.#server = server;
    this.#browser = browser;
    this.page = page;
  }

  static async start({ codeServer, chromium, vsix, folder, state, settings }: Options): Promise<Workbench> {
    const node = join(codeServer, "node/bin/node");
    const main = join(codeServer, "server/node_modules/code-server/out/node/entry.js");
    // in a browser the settings of a machine are those of the server's
    mkdirSync(join(state, "Machine"), { recursive: true });
    writeFileSync(join(state, "Machine/settings.json"), JSON.stringify({ ...SETTINGS, ...settings }));
    const places = ["--user-data-dir", state, "--extensions-dir", join(state, "extensions")];
    const env = { ...process.env, HOME: state, XDG_CONFIG_HOME: state, XDG_DATA_HOME: state };
    await promisify(execFile)(node, [main, ...places, "--install-extension", vsix], { env });
    const words = [
      ...[main, "--auth", "none", "--bind-addr", "127.0.0.1:0", ...places],
      ...["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"],
    ];
    const server = spawn(node, words, { env, detached: true, stdio: ["ignore", "pipe", "ignore"] });
    try {
      const address = await addressOf(server);
      const browser = await startChromium(chromium);
      const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
      page.setDefaultTimeout(60_000);
      // what it loads is much, and a machine may be busy
      await page.goto(`${address}?folder=${encodeURIComponent(folder)}`, { waitUntil: "commit" });
      await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 180_000 });
      return new Workbench(server, browser, page);
    } catch (error) {
      end(server);
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    end(this.#server);
    if (this.#server.exitCode === null && this.#server.signalCode === null) await once(this.#server, "exit");
  }

  /** Opens a file with the cursor at a line and column, from 1. */
  async open(file: string, line = 1, column = 1): Promise<void> {
    await this.#pick("Control+P", `${file}:${line}:${column}`, file);
    await this.page.locator(`.tab.active[data-resource-name="${file}"]`).waitFor();
    await this.page.locator(`[aria-label^="Ln ${line}, Col ${column}"]`).first().waitFor();
  }

  async command(title: string): Promise<void> {
    await this.#pick("F1", `>${title}`, title);
  }

  async #pick(key: string, typed: string, shown: string): Promise<void> {
    const box = this.page.locator(".quick-input-widget");
    await this.page.locator("body").press(key);
    await box.locator("input[type=text]").fill(typed);
    // what is listed before the words are taken in is not what they mean
    await box.locator(".monaco-list-row.focused", { hasText: shown }).first().waitFor();
    await this.page.keyboard.press("Enter");
    await box.waitFor({ state: "hidden" });
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }

  press(key: string): Promise<void> {
    return this.page.keyboard.press(key);
  }

  /** Saves the file in front, and waits until nothing is left to save. */
  async save(file: string): Promise<void> {
    await this.press("Control+s");
    await this.page.locator(`.tab.active:not(.dirty)[data-resource-name="${file}"]`).waitFor();
  }

  /** What the terminal in front shows. */
  async terminal(): Promise<string> {
    const rows = await this.page.locator(".terminal-wrapper.active .xterm-rows > div").allInnerTexts();
    return rows.map((row) => row.replaceAll("\u00a0", " ").trimEnd()).join("\n");
  }

  /** Waits until VS Code counts so many errors. */
  async errors(count: number): Promise<void> {
    const shown = count === 0 ? "No Problems" : `Errors: ${count}`;
    await this.page.locator(`[id="status.problems"] [aria-label*="${shown}"]`).waitFor();
  }

  /** For people's eyes: kept where `XFERC_SCREENSHOTS` names a folder. */
  async shot(name: string): Promise<void> {
    const folder = process.env.XFERC_SCREENSHOTS;
    if (folder !== undefined) await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  /** Takes what is offered against what is wrong at the cursor. */
  async fix(title: string): Promise<void> {
    const offered = this.page.locator(".action-widget", { hasText: title });
    // the list goes away where the editor is laid out anew under it; then one asks again
    await vi.waitFor(async () => {
      await this.press("Escape");
      await this.press("Control+.");
      await offered.waitFor({ timeout: 5000 });
    }, 60_000);
    await this.press("Enter");
    await offered.waitFor({ state: "hidden" });
  }

  /** Takes what is suggested at the cursor. */
  async suggestion(label: string): Promise<void> {
    const widget = this.page.locator(".suggest-widget.visible");
    await widget.locator(".monaco-list-row.focused", { hasText: label }).waitFor();
    await this.press("Enter");
    await widget.waitFor({ state: "hidden" });
  }

  /** A piece of the text of one colour that is all of `text`. */
  piece(text: string): Locator {
    return this.page.locator(".view-lines span > span", { hasText: new RegExp(`^\\s*${text}\\s*$`) }).first();
  }

  color(text: string): Promise<string> {
    return this.piece(text).evaluate((element) => {
      const page = globalThis as unknown as { getComputedStyle(of: unknown): { readonly color: string } };
      return page.getComputedStyle(element).color;
    });
  }

  /** What VS Code shows where the mouse stands on it. */
  async hover(text: string): Promise<string> {
    const shown = this.page.locator(".monaco-hover:not(.hidden) .hover-row", { hasNotText: "Loading..." });
    // text that is drawn anew under the mouse takes back what was asked: then ask again, as one does
    await vi.waitFor(async () => {
      await this.page.mouse.move(0, 0);
      await this.piece(text).hover();
      await shown.first().waitFor({ timeout: 5000 });
    }, 60_000);
    const said = await shown.allInnerTexts();
    await this.page.mouse.move(0, 0);
    return said.join("\n").replaceAll("\u00a0", " ");
  }
}

function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    server.stdout?.on("data", (chunk) => {
      said += chunk;
      const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
    server.on("error", reject);
    server.on("exit", () => reject(new Error(`code-server ended: ${said}`)));
  });
}

/** With what it started: the extension's host, the language server, terminals. */
function end({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGTERM");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
