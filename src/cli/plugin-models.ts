/** The plug-ins a command without a study needs for the model it is told of. */

import { findProjectRoot, readConfig } from "../runtime/host/config.js";
import { isBuiltIn } from "../runtime/named-model.js";
import type { Plugins } from "../runtime/plugins/load.js";
import { NO_PLUGINS } from "../runtime/plugins/none.js";
import { projectPlugins } from "../runtime/plugins/project.js";
import type { Io } from "./io.js";
import { pluginOptions } from "./study-options.js";

/** Those of the project around the current folder; none for a built-in model. @throws UsageError, PluginError */
export async function pluginsOfModel(io: Io, model: string, flags: { readonly plugins?: boolean }): Promise<Plugins> {
  if (isBuiltIn(model)) return NO_PLUGINS;
  const root = findProjectRoot(io.cwd, io.cwd);
  return await projectPlugins({ named: readConfig(root).plugins, root }, pluginOptions(io, flags));
}
