-- Starts `xferc lsp` for a buffer. One server a project: the nearest folder upwards with xfer.config.json, package.json
-- or .git. `vim.g.xfer_server` replaces the command: { "npx", "xferc", "lsp", "--stdio" }.
local M = {}
local clients = {}

local function root_of(path)
  local folder = vim.fn.fnamemodify(path, ":p:h")
  local found = folder
  for _, name in ipairs({ "xfer.config.json", "package.json", ".git" }) do
    local marker = vim.fn.findfile(name, folder .. ";")
    if marker == "" then
      marker = vim.fn.finddir(name, folder .. ";")
    end
    if marker ~= "" then
      found = vim.fn.fnamemodify(marker, ":p:s?/$??:h")
      break
    end
  end
  return found
end

-- What the server's lenses and code actions ask the editor to do.
local function run(words)
  vim.cmd("botright split")
  vim.cmd("terminal " .. table.concat(vim.tbl_map(vim.fn.shellescape, words), " "))
end

local function command_line(action, arguments)
  local server = vim.g.xfer_server or { "xferc", "lsp", "--stdio" }
  local words = {}
  for _, word in ipairs(server) do
    if word == "lsp" then
      break
    end
    table.insert(words, word)
  end
  table.insert(words, action)
  table.insert(words, vim.uri_to_fname(arguments[1]))
  if action == "run" and arguments[2] then
    vim.list_extend(words, { "--only", arguments[2] })
  end
  return words
end

local commands = {
  ["xfer.run"] = function(command)
    run(command_line("run", command.arguments))
  end,
  ["xfer.plan"] = function(command)
    run(command_line("plan", command.arguments))
  end,
}

function M.start()
  local buffer = vim.api.nvim_get_current_buf()
  local root = root_of(vim.api.nvim_buf_get_name(buffer))
  local config = {
    name = "xferc",
    cmd = vim.g.xfer_server or { "xferc", "lsp", "--stdio" },
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
    commands = commands,
  }
  if vim.lsp.start then
    -- from 0.8 on Neovim itself keeps one server a root
    vim.lsp.start(config)
  else
    if not clients[root] or vim.lsp.client_is_stopped(clients[root]) then
      clients[root] = vim.lsp.start_client(config)
    end
    if not clients[root] then
      return
    end
    vim.lsp.buf_attach_client(buffer, clients[root])
  end
  vim.bo[buffer].omnifunc = "v:lua.vim.lsp.omnifunc"
  if vim.fn.exists("*nvim_create_user_command") == 1 then
    vim.api.nvim_buf_create_user_command(buffer, "XferRun", function()
      run(command_line("run", { vim.uri_from_bufnr(buffer) }))
    end, { desc = "run this study" })
    vim.api.nvim_buf_create_user_command(buffer, "XferPlan", function()
      run(command_line("plan", { vim.uri_from_bufnr(buffer) }))
    end, { desc = "say what a run would compute" })
  end
end

return M
