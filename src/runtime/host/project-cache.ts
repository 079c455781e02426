import { cacheFolder, createNodeHost } from "./index.js";

export interface ProjectPlace {
  readonly cwd: string;
  readonly environment: { readonly [name: string]: string | undefined };
  /** `--cache`. */
  readonly cache: string | undefined;
}

/** The cache of the project that the current folder belongs to, for commands without a study. */
export function projectCache({ cwd, environment, cache }: ProjectPlace): string {
  const unknown = async () => ({ status: "unknown", reason: "not asked" }) as const;
  const facts = { dataset: unknown, weights: unknown };
  return cacheFolder(createNodeHost({ cwd, study: "study.xfer", data: [], environment, facts }), cache, environment);
}
