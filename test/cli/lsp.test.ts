/** `xferc lsp` as an editor starts it: answers on standard output, nothing else there, and an end with its client. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import { packageRoot } from "../../src/runtime/host/index.js";

const MAIN = join(packageRoot, "dist/src/cli/main.js");

function start(...words: string[]) {
  const child = spawn(process.execPath, [MAIN, "lsp", ...words], { stdio: ["pipe", "pipe", "pipe"] });
  const reader = new StreamMessageReader(child.stdout);
  const connection = createProtocolConnection(reader, new StreamMessageWriter(child.stdin));
  connection.listen();
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  return { child, connection, ended };
}

const initialize = { processId: process.pid, rootUri: null, capabilities: {}, workspaceFolders: null };

describe("xferc lsp", () => {
  it.each([[[]], [["--stdio"]]])("answers and ends as it is told, %j", async (words: string[]) => {
    const { connection, ended } = start(...words);
    const answer = await connection.sendRequest<{ serverInfo: { name: string } }>("initialize", initialize);
    expect(answer.serverInfo.name).toBe("xferc");
    await connection.sendNotification("initialized", {});
    await connection.sendRequest("shutdown");
    await connection.sendNotification("exit");
    expect(await ended).toBe(0);
  });

  it("ends when its client is gone", async () => {
    const { child, connection, ended } = start();
    await connection.sendRequest("initialize", initialize);
    child.stdin.end();
    expect(await ended).not.toBeNull();
  });
});
