/** The packaged extension in a real VS Code (code-server, its build for browsers), worked by keyboard in Chromium. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { format } from "../../src/compiler/format/index.js";
import { packageRoot } from "../../src/runtime/host/index.js";
import { ensureBuilt } from "../built.js";
import { LIBRARY, STUDY } from "../lsp/support/studies.js";
import { findChromium } from "../support/browser.js";
import { Workbench } from "./workbench.js";

const CODE_SERVER = process.env.XFERC_CODE_SERVER ?? join(packageRoot, ".xfer/code-server");
const VSIX = join(packageRoot, "editors/vscode/xfer.vsix");
const chromium = findChromium();
const missing = [
  ...(existsSync(join(CODE_SERVER, "server"))
    ? []
    : [`no code-server; \`test/editors/code-server.sh ${CODE_SERVER}\``]),
  ...(existsSync(VSIX) ? [] : ["extension not packaged; `npm ci && npm run package` in editors/vscode"]),
  ...(chromium === undefined ? ["no Chromium; `apt-get install chromium`, or CHROMIUM names one"] : []),
];
const reason = missing.length === 0 ? "" : ` (skipped: ${missing.join("; ")})`;

const DIGITS = `study s { seed 1; repeats 1 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
recipe r { optimizer sgd(lr: 0.1); batch 32 images; for 2 steps; select last }
experiment main {
  model mini; target digits_few; init random; train r
  measure test = score(target.metric)
}
table t from main { cell test }
`;
const MESSY = "recipe   messy{optimizer adam( lr:1e-3 );batch 32 images\n\n\n\n  for 2   steps}\n";

describe.skipIf(missing.length > 0)(`VS Code${reason}`, { timeout: 180_000 }, () => {
  let folder = "";
  let code: Workbench;
  const onDisk = (file: string) => readFileSync(join(folder, "work", file), "utf8");

  beforeAll(async () => {
    await ensureBuilt();
    folder = realpathSync(mkdtempSync(join(tmpdir(), "xferc-code-")));
    mkdirSync(join(folder, "work"));
    const files = { "package.json": "{}", "lib.xfer": LIBRARY, "main.xfer": STUDY, "digits.xfer": DIGITS };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, "work", name), text);
    writeFileSync(join(folder, "work", "messy.xfer"), MESSY);
    code = await Workbench.start({
      codeServer: CODE_SERVER,
      chromium: chromium ?? "",
      vsix: VSIX,
      folder: join(folder, "work"),
      state: join(folder, "state"),
      settings: { "xfer.server.command": [process.execPath, join(packageRoot, "dist/src/cli/main.js")] },
    });
  }, 300_000);
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await code?.shot(`failed: ${task.name}`);
  });
  afterAll(async () => {
    await code?.stop();
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  it("colours a study by meaning", async () => {
    await code.open("main.xfer");
    // hints come from the server, as do the colours of names
    await code.page.getByText("24 cells", { exact: true }).first().waitFor();
    await vi.waitFor(async () => {
      const colors = await Promise.all(["experiment", "finetune", "model", "train"].map((text) => code.color(text)));
      expect(new Set(colors).size).toBe(4);
    }, 20_000);
  });

  it("hovers", async () => {
    const shown = await code.hover("finetune");
    expect(shown).toContain("recipe finetune");
    expect(shown).toContain("adam(lr: 0.001");
    expect(await code.hover("score")).toContain("metric");
  });

  it("shows a slip as one types, says what it is, and mends it", async () => {
    await code.open("main.xfer", 14, 17);
    await code.type("x");
    await code.errors(1);
    await code.page.locator(".squiggly-error").first().waitFor();
    expect(await code.hover("finetunex")).toContain("did you mean `finetune`?");
    await code.fix("write `finetune`");
    await code.errors(0);
    await code.save("main.xfer");
    expect(onDisk("main.xfer")).toBe(STUDY);
  });

  it("completes with what the place takes, arguments included", async () => {
    await code.open("main.xfer", 16);
    await code.press("End");
    await code.press("Enter");
    await code.type("measure far = l");
    await code.suggestion("l2");
    await code.type("initi");
    await code.suggestion("initial");
    await code.press("Tab");
    await code.type("las");
    await code.suggestion("last");
    await code.save("main.xfer");
    expect(onDisk("main.xfer")).toBe(STUDY.replace("selected)\n", "selected)\n  measure far = l2(initial, last)\n"));
  });

  it("renames across files", async () => {
    await code.open("main.xfer", 14, 10);
    await code.press("F2");
    const box = code.page.locator(".rename-box input");
    await box.fill("retune");
    await box.press("Enter");
    await code.piece("retune").waitFor();
    await code.command("File: Save All Files");
    await vi.waitFor(() => expect(onDisk("lib.xfer")).toBe(LIBRARY.replaceAll("finetune", "retune")), 20_000);
    await vi.waitFor(() => expect(onDisk("main.xfer")).toContain("train retune"), 20_000);
    expect(onDisk("main.xfer")).not.toContain("finetune");
  });

  it("formats", async () => {
    await code.open("messy.xfer");
    await code.command("Format Document");
    const result = format(MESSY);
    await vi.waitFor(async () => {
      await code.save("messy.xfer");
      expect(onDisk("messy.xfer")).toBe(result.ok && result.text);
    }, 20_000);
  });

  it("checks a study in a terminal", async () => {
    await code.open("main.xfer");
    await code.command("xfer: Check Study");
    await vi.waitFor(async () => expect(await code.terminal()).toContain("nothing wrong"), 60_000);
  });

  it("runs an experiment by its lens", async () => {
    await code.open("digits.xfer");
    const lens = (title: string) => code.page.locator(".codelens-decoration a", { hasText: title });
    await lens("run · 1 cell · 0 cached").last().click();
    await vi.waitFor(() => expect(existsSync(join(folder, "work", "runs"))).toBe(true), 60_000);
    await vi.waitFor(async () => expect(await code.terminal()).toContain("Report:"), 120_000);
    // the lens hears of it
    await lens("run · 1 cell · 1 cached").last().waitFor();
    await code.shot("run");
  });

  it("draws the plan", async () => {
    await code.open("digits.xfer");
    await code.command("xfer: Show Plan");
    const panel = code.page.frameLocator("iframe.webview").frameLocator("iframe#active-frame");
    await panel.locator("#plan svg .node").first().waitFor();
    expect(await panel.locator("body").innerText()).toContain("8 nodes, all cached");
    await code.shot("plan");
  });
});
