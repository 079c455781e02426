/** The plan as a diagram, in a panel of its own; drawn by the Mermaid that is shipped with the extension. */

import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { ProgressLocation, Uri, ViewColumn, type WebviewPanel, window } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

interface PlanPreview {
  readonly mermaid?: string;
  readonly summary: string;
}

export async function showPlan(client: LanguageClient, extension: Uri, study: Uri): Promise<void> {
  const title = `Plan of ${basename(study.fsPath)}`;
  const preview = await window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    (_, token) => client.sendRequest<PlanPreview>("xfer/plan", { textDocument: { uri: study.toString() } }, token),
  );
  if (preview.mermaid === undefined) {
    await window.showWarningMessage(`No plan: ${preview.summary}`);
    return;
  }
  const out = Uri.joinPath(extension, "out");
  const panel = window.createWebviewPanel("xfer.plan", title, ViewColumn.Beside, {
    enableScripts: true,
    localResourceRoots: [out],
  });
  panel.webview.html = page(panel, Uri.joinPath(out, "mermaid.min.js"), preview.mermaid, preview.summary);
}

/** Nothing but the shipped script runs; the plan goes in as data. */
function page({ webview }: WebviewPanel, script: Uri, mermaid: string, summary: string): string {
  const nonce = randomBytes(16).toString("hex");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'nonce-${nonce}'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>#plan { overflow: auto; }</style>
</head>
<body>
<p>${escaped(summary)}</p>
<div id="plan"></div>
<script nonce="${nonce}" src="${webview.asWebviewUri(script).toString()}"></script>
<script nonce="${nonce}">
const source = ${JSON.stringify(mermaid).replaceAll("<", "\\u003c")};
const theme = document.body.matches(".vscode-dark, .vscode-high-contrast:not(.vscode-high-contrast-light)") ? "dark" : "default";
// as large as it can be read: a plan that is squeezed to its panel cannot
const flowchart = { useMaxWidth: false };
mermaid.initialize({ startOnLoad: false, securityLevel: "strict", maxTextSize: 5e6, maxEdges: 20000, theme, flowchart });
mermaid.render("drawn", source).then(({ svg }) => { document.getElementById("plan").innerHTML = svg; });
</script>
</body>
</html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
}
