-- Drives Neovim's own LSP client through a study, as a person would; prints what it saw as JSON and leaves.
-- nvim --headless -u NONE -l is newer than what distributions have: this is sourced by `-c luafile`.
local folder = vim.env.XFER_FOLDER
local out = {}

local function wait(what, ready)
  if not vim.wait(20000, ready, 20) then
    error("waited in vain for " .. what)
  end
end

local function request(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000)
  for _, answer in pairs(answers or {}) do
    local problem = answer.error or answer.err
    if problem then
      return nil, problem.message
    end
    return answer.result
  end
  error(method .. " was not answered")
end

local function diagnostics()
  return vim.tbl_map(function(each)
    return { line = each.lnum, column = each.col, message = each.message, severity = each.severity }
  end, vim.diagnostic.get(0))
end

local function errors()
  return vim.tbl_filter(function(each)
    return each.severity == vim.diagnostic.severity.ERROR
  end, vim.diagnostic.get(0))
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

local function put_cursor(pattern, offset)
  vim.fn.cursor(1, 1)
  if vim.fn.search(pattern, "cW") == 0 then
    error("no " .. pattern)
  end
  vim.fn.cursor(vim.fn.line("."), vim.fn.col(".") + (offset or 0))
end

local function steps()
  vim.o.hidden = true
  vim.o.swapfile = false
  vim.cmd("edit " .. folder .. "/main.xfer")
  out.filetype = vim.bo.filetype
  wait("the server", function()
    return next(vim.lsp.buf_get_clients(0)) ~= nil
  end)

  -- sees diagnostics
  wait("diagnostics", function()
    return #errors() > 0
  end)
  out.diagnostics = diagnostics()

  -- applies a fix
  put_cursor("finetun$", 1)
  local actions = request("textDocument/codeAction", {
    textDocument = vim.lsp.util.make_text_document_params(),
    range = vim.lsp.util.make_range_params().range,
    context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics(0) },
  })
  out.actions = vim.tbl_map(function(each)
    return each.title
  end, actions)
  vim.lsp.util.apply_workspace_edit(actions[1].edit, "utf-16")
  out.fixed = text()
  wait("the error to go", function()
    return #errors() == 0
  end)

  -- hovers
  put_cursor("experiment main", 11)
  local hover = request("textDocument/hover", vim.lsp.util.make_position_params())
  out.hover = hover.contents.value

  -- completes, through omnifunc as <C-x><C-o> does
  vim.api.nvim_buf_set_lines(0, -1, -1, false, { "recipe more { optimizer ada" })
  vim.fn.cursor(vim.fn.line("$"), 27)
  vim.cmd("startinsert!")
  local params = vim.lsp.util.make_position_params()
  params.position = { line = vim.fn.line("$") - 1, character = 27 }
  local list = request("textDocument/completion", params)
  out.completions = vim.tbl_map(function(each)
    return each.word
  end, vim.lsp.util.text_document_completion_list_to_complete_items(list, "ada"))
  vim.cmd("stopinsert")
  vim.api.nvim_buf_set_lines(0, -2, -1, false, {})

  -- goes to a definition in another file, and comes back
  put_cursor("train finetune", 7)
  vim.lsp.buf.definition()
  wait("the other file", function()
    return vim.fn.expand("%:t") == "lib.xfer"
  end)
  out.definition = { line = vim.fn.line("."), column = vim.fn.col(".") }
  vim.cmd("buffer main.xfer")

  -- renames across files
  put_cursor("train finetune", 7)
  vim.lsp.buf.rename("retune")
  wait("the new name", function()
    return text():find("train retune") ~= nil
  end)
  out.renamed = text()
  vim.cmd("buffer lib.xfer")
  out.renamed_library = text()
  vim.cmd("buffer main.xfer")
  put_cursor("train retune", 7)
  local asked = vim.tbl_extend("force", vim.lsp.util.make_position_params(), { newName = "few" })
  wait("a refusal, once the server has both files", function()
    local _, refusal = request("textDocument/rename", asked)
    out.refusal = refusal
    return refusal and refusal:find("declared already") ~= nil
  end)

  -- formats
  put_cursor("  vary model")
  vim.api.nvim_set_current_line("     vary   model in[small,other]")
  local edits = request("textDocument/formatting", vim.lsp.util.make_formatting_params())
  out.edits = #edits
  vim.lsp.util.apply_text_edits(edits, vim.api.nvim_get_current_buf(), "utf-16")
  out.formatted = text()

  -- symbols, and positions behind letters that are two units wide
  vim.api.nvim_buf_set_lines(0, -1, -1, false, { "/* 👩‍🔬 */ param p = zzz.y" })
  wait("one error, behind the emoji: those of the renaming are gone", function()
    return #errors() == 1 and errors()[1].lnum == vim.fn.line("$") - 1
  end)
  out.emoji = errors()[1].col
  out.line = vim.fn.getline("$")
  local symbols = request("textDocument/documentSymbol", { textDocument = vim.lsp.util.make_text_document_params() })
  out.symbols = vim.tbl_map(function(each)
    return each.name
  end, symbols)
end

local ok, problem = pcall(steps)
if not ok then
  out.problem = tostring(problem)
end
local file = io.open(vim.env.XFER_OUT, "w")
file:write(vim.fn.json_encode(out))
file:close()
for _, client in pairs(vim.lsp.get_active_clients()) do
  client.stop()
end
vim.cmd("qa!")
