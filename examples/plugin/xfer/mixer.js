/** A model: MLP-Mixer (Tolstikhin et al. 2021), with the names and shapes that timm's has. */

import { definePlugin } from "xferc/plugin";

/** Xavier's uniform draw, as timm draws the layers of a mixer. */
const xavier = (into, out) => ({ kind: "uniform", bound: Math.sqrt(6 / (into + out)) });

export default definePlugin({
  name: "mlp-mixer",
  version: "1.0.0",
  models: [
    {
      id: "mixer",
      doc: "MLP-Mixer (Tolstikhin et al. 2021, arXiv:2105.01601): patches mixed by one MLP across places and one across channels. Tensors `stem`, `blocks.N`, `norm`, `head`; the stem, each block and the norm are a unit.",
      parameters: {
        dim: { type: "integer", minimum: 4, maximum: 4096, description: "Width of a token." },
        depth: { type: "integer", minimum: 1, maximum: 64, description: "Blocks." },
        patch: { type: "integer", minimum: 1, maximum: 64, default: 4, unit: "px", description: "Side of a patch." },
      },
      required: ["dim", "depth"],
      size: 16,

      units: ({ depth }) => ["stem", ...blocks(depth), "norm"],
      layers: ({ depth }) => ["stem", ...blocks(depth), "head"],

      build({ b, layers, images, params: { dim, depth, patch }, classes, size }) {
        if (size % patch !== 0) throw new RangeError(`patches of ${patch} px do not fill images of ${size} px`);
        const [batch] = images.shape;
        const grid = size / patch;
        const tokens = grid * grid;
        const taps = {};
        /** Over the last axis of [N, rows, width], in the current scope. */
        const mlp = (x, hidden) => {
          const [, rows, width] = x.shape;
          const layer = (name, y, into, out) =>
            b.scope(name, () => layers.linear(b, y, out, { weight: xavier(into, out), bias: layers.zeros }));
          const inner = b.gelu(layer("fc1", b.reshape(x, [batch * rows, width]), width, hidden));
          return b.reshape(layer("fc2", inner, hidden, width), [batch, rows, width]);
        };
        const norm = (name, x) => b.scope(name, () => layers.layerNorm(b, x, 1e-6));
        const swap = (x) => b.transpose(x, [0, 2, 1]);

        const patches = b.scope("stem.proj", () => layers.embedPatches(b, images, { dim, grid, patch }));
        let x = b.reshape(patches, [batch, tokens, dim]);
        taps.stem = x;
        for (const block of blocks(depth)) {
          x = b.scope(block, () => {
            const across = swap(norm("norm1", x));
            const places = b.scope("mlp_tokens", () => mlp(across, Math.floor(dim / 2)));
            const mixed = b.add(x, swap(places));
            const within = norm("norm2", mixed);
            return b.add(
              mixed,
              b.scope("mlp_channels", () => mlp(within, 4 * dim)),
            );
          });
          taps[block] = x;
        }
        const pooled = b.mean(norm("norm", x), { axes: [1] });
        const init = { weight: xavier(dim, classes), bias: layers.zeros };
        const logits = b.scope("head", () => layers.linear(b, pooled, classes, init));
        taps.head = logits;
        return { logits, pooled, taps };
      },
    },
  ],
});

function blocks(depth) {
  return Array.from({ length: depth }, (_, i) => `blocks.${i}`);
}
