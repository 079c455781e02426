/** `xferc lsp`: the server on standard input and output. */

import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { serve } from "./server.js";
import { ChildChecker } from "./slow/checker.js";

/** Answers until the client ends it; standard output belongs to the protocol. */
export function serveStdio(
  cwd: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  plugins: "load" | "ignore" = "load",
): Promise<void> {
  const connection = createConnection(ProposedFeatures.all, input, output);
  const slow = new ChildChecker((message) => connection.console.warn(`checking on save: ${message}`), plugins);
  const { workspace } = serve(connection, { cwd, slow, plugins });
  return new Promise((resolve) => {
    const end = (): void => {
      slow.close();
      workspace.plugins.close();
      resolve();
    };
    connection.onExit(end);
    input.on("end", end);
    connection.listen();
  });
}
