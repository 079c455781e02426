/** Explanations as plain text. */

import { counted } from "../../counted.js";
import { canonicalJson } from "../canonical.js";
import { basisText, duration, size } from "../text.js";
import type { NodeKey } from "../types.js";
import { signatureWords } from "../words.js";
import { streamName } from "./node.js";
import type { CellExplanation, ModelExplanation, ModelPart, NodeExplanation, TensorGroup } from "./types.js";

const SHORT_KEY = 12;
const MOST_CELLS = 3;

export function renderNode(node: NodeExplanation): string {
  return `${nodeLines(node).join("\n")}\n`;
}

function nodeLines(node: NodeExplanation): readonly string[] {
  const { signature, cells } = node;
  const shownCells = cells.slice(0, MOST_CELLS).join(", ");
  return [
    `${node.op}  ${node.label}`,
    `  key        ${node.key}${node.provisional ? "  (provisional: data or weights unknown here)" : ""}`,
    `  declared   ${node.source.path}:${node.source.line}`,
    ...(node.status ? [`  status     ${node.status.status}`] : []),
    ...(node.why ? [`  because    ${whyText(node)}`] : []),
    ...(node.status?.status === "cached" || node.provisional ? [] : [`  estimate   ${estimateText(node)}`]),
    `  version    ${node.version}${signature ? `, computed by ${signatureWords(signature)}` : ", computed by the host on any engine"}`,
    ...node.inputs.map(
      ({ role, label, output, key }) => `  input      ${role} = ${output} of ${label} (${key.slice(0, SHORT_KEY)})`,
    ),
    `  parameters ${canonicalJson(node.params)}`,
    ...node.streams.map((stream) => `  stream     ${streamName(stream)}`),
    ...node.notes.map((note) => `  note       ${note}`),
    ...node.tensors.flatMap(tensorLines),
    `  cells      ${shownCells}${cells.length > MOST_CELLS ? ` and ${cells.length - MOST_CELLS} more` : ""}`,
  ];
}

function whyText({ key, why }: NodeExplanation): string {
  if (why === undefined) return "";
  return `${why.text}${why.node === key ? "" : `, by ${why.label} (${why.node.slice(0, SHORT_KEY)})`}`;
}

function estimateText({ estimate, cells }: NodeExplanation): string {
  const { seconds, memory, atMost } = estimate;
  const shared =
    cells.length > 1 ? `; shared by ${cells.length} cells, saves ${duration((cells.length - 1) * seconds)}` : "";
  const time = atMost ? `at most ${duration(seconds)} (it may stop early)` : duration(seconds);
  return `${time}, ${size(memory)} of memory, ${basisText([estimate])}${shared}`;
}

function tensorLines({ origin, tensors, numbers, stream }: TensorGroup): readonly string[] {
  const count = `${counted(tensors.length, "tensor")}, ${counted(numbers, "number")}`;
  return [
    `  tensors    ${origin}: ${count}${stream === undefined ? "" : `; ${stream}`}`,
    `             ${compactNames(tensors).join(" ")}`,
  ];
}

/** Names under one module together: `blocks.0.attn.{qkv.weight, qkv.bias}`. */
export function compactNames(names: readonly string[]): readonly string[] {
  const modules = new Map<string, string[]>();
  for (const name of names) {
    const dot = name.lastIndexOf(".");
    const module = name.slice(0, dot + 1);
    const leaf = name.slice(dot + 1);
    const leaves = modules.get(module);
    if (leaves) leaves.push(leaf);
    else modules.set(module, [leaf]);
  }
  return [...modules].flatMap(([module, leaves]) => {
    if (module === "") return leaves;
    return [leaves.length === 1 ? `${module}${leaves[0]}` : `${module}{${leaves.join(", ")}}`];
  });
}

/** @param numberOf what a finished node gave, in words */
export function renderCell(
  cell: CellExplanation,
  numberOf: (node: NodeKey) => string | undefined = () => undefined,
): string {
  const head = [
    cell.cell,
    `  model ${cell.model}, target ${cell.target}, source ${cell.source ?? "none"}, init ${cell.init}, train ${cell.recipes.join(" then ") || "nothing"}`,
    `  repeat ${cell.repeat}, seed ${cell.seed}`,
    ...cell.results.map(({ measure, at, metric, estimator, node }) => {
      const place = Object.entries(at).map(([axis, value]) => `${axis}: ${value}`);
      const name = place.length === 0 ? measure : `${measure}[${place.join(", ")}]`;
      const number = numberOf(node);
      const how = estimator === "" ? metric : `${metric} (${estimator})`;
      return `  ${name}: ${how}${number === undefined ? "" : ` ${number}`}, from ${node.slice(0, SHORT_KEY)}`;
    }),
  ];
  return `${[...head, ...cell.nodes.flatMap((node) => ["", ...nodeLines(node)])].join("\n")}\n`;
}

export function renderModel(model: ModelExplanation): string {
  const [channels, height, width] = model.input;
  const part = ({ index, name, tensors, numbers }: ModelPart) =>
    `  ${String(index).padStart(3)}  ${name}  ${counted(tensors.length, "tensor")}, ${counted(numbers, "number")}\n       ${compactNames(tensors).join(" ")}`;
  return [
    `${model.name}: ${model.family}, ${model.parameters} parameters, ${(model.forwardFlops / 1e6).toPrecision(4)} Mflop an image`,
    `  input ${channels}×${height}×${width}, ${model.classes} classes, head ${model.head.join(", ")}`,
    "units (units[a..b])",
    ...model.units.map(part),
    "layers (layers[l], and what probes see)",
    ...model.layers.map((layer) => `${part(layer)}\n       features ${layer.shape.join("×")}`),
    "",
  ].join("\n");
}
