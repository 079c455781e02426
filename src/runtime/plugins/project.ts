/** The plug-ins of a project, as its configuration names them and its user allows. */

import type { PluginSpec, Plugins } from "./load.js";
import { NO_PLUGINS } from "./none.js";

export interface PluginsWish {
  /** Whether they are loaded; they are unless given. */
  readonly plugins?: "load" | "ignore" | undefined;
  /** Told which were loaded, before anything else is done; or which were left out. */
  readonly onPlugins?: ((told: PluginsTold) => void) | undefined;
}

export interface PluginsTold {
  readonly loaded: readonly PluginSpec[];
  /** As the configuration names them. */
  readonly ignored: readonly string[];
}

/** @param named by the configuration @param root the project's folder @throws PluginError */
export async function projectPlugins(
  { named, root }: { readonly named: readonly string[]; readonly root: string },
  { plugins, onPlugins }: PluginsWish,
): Promise<Plugins> {
  if (named.length === 0) return NO_PLUGINS;
  if (plugins === "ignore") {
    onPlugins?.({ loaded: [], ignored: named });
    return NO_PLUGINS;
  }
  const { loadPlugins } = await import("./load.js");
  const loaded = await loadPlugins(named, root);
  onPlugins?.({ loaded: loaded.specs, ignored: [] });
  return loaded;
}
