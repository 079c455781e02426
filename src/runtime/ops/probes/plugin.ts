/** `probe.plugin`: a plug-in's probe, on a share of the passes that all readers of a state and split share. */

import { traceModel } from "../../../models/trace.js";
import type { ProbeAbout, ProbeImage, ProbeReader } from "../../plugins/api.js";
import { type BroughtProbe, gatherer, numbersOf, seeing } from "../../plugins/probe.js";
import { sampleImages } from "../../probes/cka.js";
import type { FeatureBatch, Reader } from "../../probes/features.js";
import { layersOf, streamOf } from "../../probes/options.js";
import type { NamedTensors } from "../../state/safetensors.js";
import type { ProbeNode } from "../forward-work.js";
import { type ForwardWork, type Want, wantOf } from "../forward-work.js";
import { readState } from "../inputs.js";
import { taskOf } from "../predictions.js";
import { type OpContext, type OpResult, probeValue } from "../types.js";

function broughtBy({ params }: ProbeNode, { plugins }: OpContext): BroughtProbe {
  const { probe } = params;
  const ref = params.plugins?.[probe?.id ?? ""];
  if (probe === undefined || ref === undefined || plugins === undefined) {
    throw new Error(`the plug-in of the probe ${probe?.id ?? ""} is not loaded; name it in xfer.config.json`);
  }
  return plugins.probe(probe.id, ref);
}

function aboutOf({ params }: ProbeNode, images: number): ProbeAbout {
  const info = traceModel(params.model);
  const wanted = new Set(layersOf(params));
  const layers = info.layers.filter(({ name }) => wanted.size === 0 || wanted.has(name));
  return {
    params: params.probe?.params ?? {},
    layers: layers.map(({ name, shape, classToken = false, tensors }) => ({ name, shape, classToken, tensors })),
    model: {
      classes: info.classes,
      input: info.input,
      parameterCount: info.parameterCount,
      tensors: info.tensors.map(({ name, shape, role, place }) => ({
        name,
        shape,
        role,
        unit: place.kind === "head" ? "head" : (info.units[place.unit]?.name ?? ""),
      })),
    },
    images,
    task: taskOf(params.probe?.task ?? "multiclass"),
  };
}

const stateRoles = ({ inputs }: ProbeNode): readonly string[] =>
  inputs.flatMap(({ role }) => (role === "a" || role === "b" ? [role] : []));

export async function pluginOfTensors(node: ProbeNode, context: OpContext): Promise<OpResult> {
  const states = await Promise.all(stateRoles(node).map((role) => readState(node, context, role)));
  const rows = numbersOf(broughtBy(node, context), aboutOf(node, 0), states.map(ownTensors));
  return { outputs: {}, value: probeValue(rows, []), summary: `${rows.length} numbers` };
}

/** Copies: what a plug-in writes to is no one else's. */
function ownTensors(state: NamedTensors) {
  return new Map([...state].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]));
}

export async function forwardPlugin(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  const brought = broughtBy(node, context);
  const wanted = await Promise.all(stateRoles(node).map((role) => wantOf(node, context, role, "data")));
  const [first] = wanted;
  const count = node.params.probe?.params.images;
  const sample =
    first === undefined || typeof count !== "number"
      ? undefined
      : sampleImages(first.images.hashes, count, streamOf(node.params));
  const about = aboutOf(node, sample?.length ?? first?.images.info.images ?? 0);
  const gathered = wanted.map((want) => ({ want, reader: gatherer(brought, about) }));
  return {
    wants: gathered.map(({ want, reader }) => ({
      ...want,
      rounds: 1,
      reader: () => ({ reader: readerOf(brought, about, { want, reader, sample }) }),
    })),
    async finish() {
      const rows = numbersOf(
        brought,
        about,
        gathered.map(({ reader }) => reader),
      );
      return { outputs: {}, value: probeValue(rows, []), summary: `${rows.length} numbers of ${about.images} images` };
    },
  };
}

interface Gathered {
  readonly want: Pick<Want, "images">;
  readonly reader: ProbeReader;
  readonly sample: readonly number[] | undefined;
}

function readerOf(brought: BroughtProbe, about: ProbeAbout, { want, reader, sample }: Gathered): Reader {
  const { reads } = brought.probe;
  const has = (what: Exclude<typeof reads, string>[number]) => reads !== "tensors" && reads.includes(what);
  const names = about.layers.map(({ name }) => name);
  const flat = has("flat") ? names : [];
  const pooled = has("pooled") ? names : [];
  const chosen = sample && new Set(sample);
  const see = seeing(brought, reader);
  const { labels, labelWidth } = want.images;
  const row = ({ data, width }: { readonly data: Float32Array; readonly width: number }, at: number) =>
    data.slice(at * width, (at + 1) * width);
  const none = new Float32Array(0);
  const imageOf = (batch: FeatureBatch, at: number, index: number): ProbeImage => ({
    index,
    label: labelWidth > 1 ? -1 : (labels[index] ?? -1),
    labels: labelWidth > 1 ? labels.slice(index * labelWidth, (index + 1) * labelWidth) : new Int32Array(0),
    flat: Object.fromEntries(flat.map((name) => [name, row(batch.flat(name), at)])),
    pooled: Object.fromEntries(pooled.map((name) => [name, row(batch.pooled(name), at)])),
    embedding: has("embedding") ? row(batch.embedding(), at) : none,
    logits: has("logits") ? row({ data: batch.logits, width: about.model.classes }, at) : none,
  });
  return {
    ...(chosen === undefined ? {} : { images: chosen }),
    flat,
    pooled,
    ...(has("embedding") ? { embedding: true as const } : {}),
    take: (batch) => {
      batch.indices.forEach((index, at) => {
        if (chosen?.has(index) ?? true) see(imageOf(batch, at, index));
      });
    },
  };
}
