-- Studies in Neovim: two spaces, `//` comments, and the language server. Works from 0.7 on.
vim.bo.expandtab = true
vim.bo.shiftwidth = 2
vim.bo.commentstring = "// %s"

require("xfer").start()
