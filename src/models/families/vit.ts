/**
 * Vision transformers (Dosovitskiy et al. 2021; DeiT is the same network): pre-norm blocks, a class token, learned
 * position embedding, exact GELU. Parameters: `dim`, `depth`, `heads`, `patch` (px), `mlp_ratio`.
 * In training `drop_rate` drops what the head reads, `proj_drop_rate` the outputs of attention and MLP and the MLP's hidden
 * units, `attn_drop_rate` attention weights, `drop_path_rate` whole branches, the last block's with that probability.
 * Inside, tokens are rows of one matrix [N·T, D], so that every linear layer is a single matrix product.
 */

import type { Builder } from "../../program/builder.js";
import { extentOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";
import { adaptedRows } from "../adapter.js";
import { type AttentionTap, gridDistances } from "../attended.js";
import { dropout, dropPath, dropPathRates, dropRate, keptElements } from "../blocks/dropout.js";
import { layerNorm, linear, zeros } from "../blocks/layers.js";
import { embedPatches } from "../blocks/patches.js";
import { checkDepth, checkImage, checkThat, ModelError, positiveNumber, wholeNumber } from "../parameters.js";
import type { FamilyInit, Mode, ModelFamily, ModelSpec } from "../types.js";

interface Vit {
  readonly dim: number;
  readonly depth: number;
  readonly heads: number;
  readonly patch: number;
  readonly hidden: number;
  /** Patches along one side of the image. */
  readonly grid: number;
  /** Patches and the class token. */
  readonly tokens: number;
  readonly drop: {
    readonly head: number;
    readonly projection: number;
    readonly attention: number;
    /** By block. */
    readonly path: readonly number[];
  };
}

const EPSILON = 1e-6;
const weights: FamilyInit = { kind: "truncated-normal", std: 0.02 };
const linearInit = { weight: weights, bias: zeros };

function read(spec: ModelSpec): Vit {
  checkImage(spec);
  const dim = wholeNumber(spec, "dim");
  const depth = wholeNumber(spec, "depth");
  const heads = wholeNumber(spec, "heads");
  const patch = wholeNumber(spec, "patch");
  checkDepth(spec, "depth", depth);
  checkThat(spec, dim % heads === 0, `\`dim\` ${dim} is not divisible by \`heads\` ${heads}`);
  checkThat(spec, spec.size % patch === 0, `\`size\` ${spec.size} px is not divisible by \`patch\` ${patch} px`);
  const grid = spec.size / patch;
  const hidden = Math.floor(dim * positiveNumber(spec, "mlp_ratio", 4));
  checkThat(spec, hidden >= 1, "`mlp_ratio` leaves no hidden unit");
  const drop = {
    head: dropRate(spec, "drop_rate"),
    projection: dropRate(spec, "proj_drop_rate"),
    attention: dropRate(spec, "attn_drop_rate"),
    path: dropPathRates(dropRate(spec, "drop_path_rate"), depth),
  };
  return { dim, depth, heads, patch, hidden, grid, tokens: grid * grid + 1, drop };
}

/** Multi-head self-attention on [N·T, D]; `see` gets the weights [N·heads, T, T]. */
function attention(b: Builder, x: Value, vit: Vit, mode: Mode, see: (shares: Value) => void): Value {
  const { dim, heads, tokens, drop } = vit;
  const rows = extentOf(x.shape, 0);
  const [batch, width] = [rows / tokens, dim / heads];
  const qkv = b.scope("qkv", () => linear(b, x, 3 * dim, linearInit));
  const split = b.transpose(b.reshape(qkv, [batch, tokens, 3, heads, width]), [2, 0, 3, 1, 4]);
  const part = (index: number) => b.reshape(b.sliceAxis(split, 0, index, index + 1), [batch * heads, tokens, width]);
  const [query, key, value] = [part(0), part(1), part(2)];
  const shares = b.softmax(b.matmul(query, key, { transposeB: true, alpha: width ** -0.5 }));
  see(shares);
  const weighted = dropout(b, shares, drop.attention, { name: "attn_drop", images: batch, mode });
  const perHead = b.reshape(b.matmul(weighted, value), [batch, heads, tokens, width]);
  const joined = b.reshape(b.transpose(perHead, [0, 2, 1, 3]), [rows, dim]);
  const projected = b.scope("proj", () => linear(b, joined, dim, linearInit));
  return dropout(b, projected, drop.projection, { name: "proj_drop", images: batch, mode });
}

/** The class token comes first and has no place in the image. */
function attentionTap(shares: Value, { heads, tokens, grid, patch }: Vit): AttentionTap {
  const patches = new Float32Array(tokens).fill(1, 1);
  const places = Array.from({ length: tokens }, (_, token) => token - 1);
  const distances = gridDistances(places, tokens, grid, patch);
  return { shares, groups: 1, heads, tokens, distances, patches };
}

function mlp(b: Builder, x: Value, { dim, hidden: units, tokens, drop }: Vit, mode: Mode): Value {
  const images = extentOf(x.shape, 0) / tokens;
  const active = b.gelu(b.scope("fc1", () => linear(b, x, units, linearInit)));
  const hidden = dropout(b, active, drop.projection, { name: "drop1", images, mode });
  const mixed = b.scope("fc2", () => linear(b, hidden, dim, linearInit));
  return dropout(b, mixed, drop.projection, { name: "drop2", images, mode });
}

/** [N·T, D] → [N, D] */
function classToken(b: Builder, x: Value, { dim, tokens }: Vit): Value {
  const batch = extentOf(x.shape, 0) / tokens;
  return b.reshape(b.sliceAxis(b.reshape(x, [batch, tokens, dim]), 1, 0, 1), [batch, dim]);
}

/**
 * What the last block makes of the class token, [N, D], from the block's input [N·T, D] and the tensors it has declared.
 * Keys and values come from all tokens; query, projection and MLP, forward and backward, from one.
 */
function lastBlockOfClassToken(b: Builder, x: Value, vit: Vit): Value {
  const { dim, heads, tokens, drop } = vit;
  const rows = extentOf(x.shape, 0);
  const [batch, width] = [rows / tokens, dim / heads];
  const name = blockNames(vit).at(-1);
  const tensor = (path: string): Value => {
    const value = b.stateValue(`${name}.${path}`);
    if (value === undefined) throw new ModelError(`vit: ${name}.${path} is not declared`);
    return value;
  };
  const norm = (path: string, y: Value) => b.layerNorm(y, tensor(`${path}.weight`), tensor(`${path}.bias`), EPSILON);
  const project = (y: Value, path: string, from = 0, to = extentOf(tensor(`${path}.bias`).shape, 0)) => {
    const [weight, bias] = [tensor(`${path}.weight`), tensor(`${path}.bias`)];
    const rows = b.matmul(y, b.sliceAxis(weight, 0, from, to), { transposeB: true });
    return adaptedRows(b, `${name}.${path}`, y, b.add(rows, b.sliceAxis(bias, 0, from, to)), [from, to]);
  };
  const first = norm("norm1", x);
  const query = b.reshape(project(classToken(b, first, vit), "attn.qkv", 0, dim), [batch * heads, 1, width]);
  const pairs = b.reshape(project(first, "attn.qkv", dim, 3 * dim), [batch, tokens, 2, heads, width]);
  const split = b.transpose(pairs, [2, 0, 3, 1, 4]);
  const part = (index: number) => b.reshape(b.sliceAxis(split, 0, index, index + 1), [batch * heads, tokens, width]);
  const shares = b.softmax(b.matmul(query, part(0), { transposeB: true, alpha: width ** -0.5 }));
  const weighted =
    drop.attention > 0 ? b.mul(shares, attentionKeptByFirst(b, `${name}.attn.attn_drop`, vit, batch)) : shares;
  // the class token comes first, so its draws are the first of the full tensor's
  const site = (path: string) => ({ name: `${name}.${path}`, images: batch, mode: "train" }) as const;
  const dropped = (y: Value, path: string) => dropout(b, y, drop.projection, site(path));
  const branch = (y: Value, path: string) => dropPath(b, y, drop.path.at(-1) ?? 0, site(path));
  const attended = project(b.reshape(b.matmul(weighted, part(1)), [batch, dim]), "attn.proj");
  const middle = b.add(classToken(b, x, vit), branch(dropped(attended, "attn.proj_drop"), "drop_path1"));
  const hidden = dropped(b.gelu(project(norm("norm2", middle), "mlp.fc1")), "mlp.drop1");
  return b.add(middle, branch(dropped(project(hidden, "mlp.fc2"), "mlp.drop2"), "drop_path2"));
}

/** What the class token's attention weights [N·H, 1, T] are multiplied by: its rows of the full [N, H, T, T]. */
function attentionKeptByFirst(b: Builder, name: string, { heads, tokens, drop }: Vit, images: number): Value {
  const kept = keptElements(b, drop.attention, { name, images }, [heads, tokens, tokens]);
  return b.reshape(b.sliceAxis(kept, 2, 0, 1), [images * heads, 1, tokens]);
}

const blockNames = (vit: Vit): readonly string[] => Array.from({ length: vit.depth }, (_, index) => `blocks.${index}`);

export const vit: ModelFamily = {
  id: "vit",

  build(b, images, spec, mode) {
    const net = read(spec);
    const batch = extentOf(images.shape, 0);
    const { dim, tokens } = net;
    const patches = tokens - 1;
    const taps = new Map<string, Value>();
    const withClassToken = new Set<string>();
    const looks = new Map<string, AttentionTap>();
    const tap = (name: string, rows: Value) => {
      taps.set(name, b.reshape(rows, [batch, tokens, dim]));
      withClassToken.add(name);
    };

    const token = b.parameter("cls_token", [1, 1, dim], { role: "token", init: { kind: "normal", std: 1e-6 } });
    const position = b.parameter("pos_embed", [1, tokens, dim], { role: "position", init: weights });
    const embedded = b.reshape(
      b.scope("patch_embed.proj", () => embedPatches(b, images, net)),
      [batch, patches, dim],
    );
    taps.set("patch_embed", embedded);
    const sequence = b.concat([b.broadcastTo(token, [batch, 1, dim]), embedded], 1);
    let x = b.reshape(b.add(sequence, position), [batch * tokens, dim]);
    let before = x;
    for (const [index, name] of blockNames(net).entries()) {
      before = x;
      const branch = (y: Value, path: string) =>
        dropPath(b, y, net.drop.path[index] ?? 0, { name: path, images: batch, mode });
      b.scope(name, () => {
        const first = b.scope("norm1", () => layerNorm(b, x, EPSILON));
        const see = (shares: Value) => looks.set(`${name}.attn`, attentionTap(shares, net));
        const attended = b.scope("attn", () => attention(b, first, net, mode, see));
        tap(`${name}.attn`, attended);
        x = b.add(x, branch(attended, "drop_path1"));
        const second = b.scope("norm2", () => layerNorm(b, x, EPSILON));
        const mixed = b.scope("mlp", () => mlp(b, second, net, mode));
        tap(`${name}.mlp`, mixed);
        x = b.add(x, branch(mixed, "drop_path2"));
        tap(name, x);
      });
    }
    // the head reads the class token alone, so the final norm, and in training the last block, are spared the others
    const cls = mode === "train" ? lastBlockOfClassToken(b, before, net) : classToken(b, x, net);
    const pooled = b.scope("norm", () => layerNorm(b, cls, EPSILON));
    const kept = dropout(b, pooled, net.drop.head, { name: "head_drop", images: batch, mode });
    const logits = b.scope("head", () => linear(b, kept, spec.classes, linearInit));
    taps.set("head", logits);
    return { logits, pooled, taps, withClassToken, attention: looks };
  },

  units(spec) {
    const blocks = blockNames(read(spec)).map((name, index, all) => ({
      name,
      prefixes: index === all.length - 1 ? [name, "norm"] : [name],
    }));
    return [{ name: "patch_embed", prefixes: ["cls_token", "pos_embed", "patch_embed"] }, ...blocks];
  },

  layers(spec) {
    const inner = blockNames(read(spec)).flatMap((name) => [`${name}.attn`, `${name}.mlp`]);
    return ["patch_embed", ...inner, "head"].map((name) => ({ name, prefixes: [name] }));
  },
};
