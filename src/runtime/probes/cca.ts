/** Canonical correlations of every layer of one state with every layer of another, over one sample of images. */

import { type CcaVariant, canonicalSimilarity, type Subspace, subspace } from "../../analysis/cca.js";
import type { ProbeRow } from "../results/types.js";
import type { Spool } from "./spool.js";

export interface CcaSettings {
  readonly variant: CcaVariant;
  /** Of `svcca`. */
  readonly keep: number;
}

export function ccaVariant(name: string): CcaVariant {
  if (name === "svcca" || name === "pwcca" || name === "mean") return name;
  throw new Error(`no variant ${name} of cca; there is svcca, pwcca, mean`);
}

export type StateSubspaces = ReadonlyMap<string, Subspace>;

export function subspacesOf(
  spool: Spool,
  layers: readonly string[],
  { variant, keep }: CcaSettings,
  side: "first" | "second",
): StateSubspaces {
  return new Map(
    layers.map((layer) => {
      const width = spool.width(layer);
      const data = new Float32Array(spool.images * width);
      for (const { from, features } of spool.parts(layer)) data.set(features.data, from * width);
      const kept = variant === "svcca" ? keep : 1;
      const loadings = side === "first" && variant === "pwcca";
      return [layer, subspace({ data, shape: [spool.images, width] }, { keep: kept, loadings })];
    }),
  );
}

export function ccaRows(a: StateSubspaces, b: StateSubspaces, { variant }: CcaSettings): readonly ProbeRow[] {
  return [...a].flatMap(([layer, first]) =>
    [...b].map(([layer2, second]) => ({
      inner: { layer, layer2 },
      value: canonicalSimilarity(first, second, variant),
    })),
  );
}

/** Layers without a direction, and layers with so many that correlations are 1 whatever the features are. */
export function ccaWarnings(a: StateSubspaces, b: StateSubspaces): readonly string[] {
  const dead = (state: StateSubspaces) => [...state].filter(([, { rank }]) => rank === 0).map(([layer]) => layer);
  const said = [...new Set([...dead(a), ...dead(b)])];
  const none = `features are the same for all images in ${said.join(", ")}: their CCA is given as 0`;
  const widest = (state: StateSubspaces) => [...state].reduce((x, y) => (y[1].rank > x[1].rank ? y : x));
  const [[layer, first], [layer2, second]] = [widest(a), widest(b)];
  // beyond the mean, n images leave n − 1 directions to share
  const shared = first.rank + second.rank - (first.images - 1);
  const few = `${first.images} images for ${first.rank} directions in ${layer} and ${second.rank} in ${layer2}: at least ${shared} of their correlations are 1 by count alone; give more \`images:\``;
  return [...(said.length === 0 ? [] : [none]), ...(shared > 0 ? [few] : [])];
}
