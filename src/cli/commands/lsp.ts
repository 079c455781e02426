import { declare, type Shell } from "../command.js";
import { EXIT } from "../io.js";
import { NO_PLUGINS } from "../study-options.js";

export function addLsp(shell: Shell): void {
  declare(shell, {
    name: "lsp",
    summary: "answer an editor: diagnostics, completion, hover, rename and more, by the Language Server Protocol",
    examples: [
      ["xferc lsp", "what an editor starts; it speaks the protocol on standard input and output"],
      ["xferc lsp --stdio", "the same, as some editors insist"],
    ],
  })
    .option("--stdio", "speak on standard input and output, which is also the default")
    .option(...NO_PLUGINS)
    .addHelpText("after", "\ndocs/editors.md shows how to set up VS Code, Neovim and others.")
    .action(async ({ plugins }: { readonly plugins: boolean }) => {
      const { serveStdio } = await import("../../lsp/main.js");
      await serveStdio(shell.io.cwd, shell.io.input, shell.io.out, plugins ? "load" : "ignore");
      shell.exit(EXIT.success);
    });
}
