import { notOfPlan } from "./errors.js";
import type { Plugins } from "./load.js";

/** Nothing is added; apart from what loads plug-ins, which most projects do without. */
export const NO_PLUGINS: Plugins = {
  specs: [],
  entries: [],
  metric: () => undefined,
  probe: (id, plugin) => {
    throw notOfPlan(id, plugin);
  },
  adapter: ({ id, plugin }) => {
    throw notOfPlan(id, plugin);
  },
};
