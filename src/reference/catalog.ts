/** A page for every kind of the catalogue: what may be written, with its parameters. */

import { entries } from "../catalog/index.js";
import type {
  CatalogEntry,
  CatalogKind,
  Json,
  MarkEntry,
  MetricEntry,
  ModelEntry,
  ParameterSchema,
  ProbeEntry,
} from "../catalog/types.js";
import { code, page, prose, table } from "./markdown.js";

interface Heading {
  readonly title: string;
  /** Where an entry of this kind is written, as an example. */
  readonly about: string;
}

/** In the order of the reference. */
const HEADINGS: { readonly [K in CatalogKind]?: Heading } = {
  dataset: { title: "Data sets", about: 'Adapters: `dataset skin from image_folder("./skin") { … }`.' },
  transform: { title: "Transforms", about: "What a data set's images are made into: `take(D, 50%) with grayscale()`." },
  model: { title: "Models", about: "Families and presets, under timm's names: `model small = vit(dim: 96, …)`." },
  adapter: {
    title: "Adapters",
    about: 'Inside of a model: `model m = deit with { adapter lora(rank: 8) on "blocks.*.attn.qkv" }`.',
  },
  init: { title: "Inits", about: "What a tensor is made of: `init RI = random`, `units[1..n] <- transfer`." },
  sampler: { title: "Samplers", about: "How `stats` draws: `rest <- stats(sampler: shuffle)`." },
  state: { title: "States", about: "States made of states: `of: lerp(initial, selected, 0.5)` in a measure." },
  optimizer: { title: "Optimizers", about: "In a recipe: `optimizer adam(lr: 1e-4)`." },
  schedule: {
    title: "Schedules",
    about: "Of the learning rate, in a recipe: `schedule warmup(500 steps) then cosine`.",
  },
  augment: { title: "Augmentations", about: "In a recipe: `augment crop(224 px), flip(h: 50%)`." },
  selection: { title: "Selection", about: "Which state of a training counts: `select best(target.metric, on: val)`." },
  precision: { title: "Precision", about: "What a training step computes in: `precision bf16`." },
  solver: {
    title: "Solvers",
    about: "In a recipe, instead of an optimizer: `solver lbfgs; l2 1e-3; freeze backbone`.",
  },
  loss: { title: "Losses", about: "What a training lowers: `loss cross_entropy(label_smoothing: 10%)`." },
  mix: { title: "Mixes", about: "Images of a batch made of two: `mix mixup(alpha: 0.8), cutmix(alpha: 1)`." },
  stop: { title: "Stopping", about: "When a training ends before `for` is over: `stop early(patience: 10 checks)`." },
  average: { title: "Averages", about: "Of the weights, over steps: `average ema(decay: 0.999)`." },
  probe: { title: "Probes", about: "What is measured: `measure reuse = cka(initial, selected)`." },
  metric: { title: "Metrics", about: "Of predictions: `metric roc_auc` in a data set, `score(kappa)` in a measure." },
  test: { title: "Tests", about: "Of differences: `derive p = paired_test(a, b, over: repeat, method: wilcoxon)`." },
  mark: { title: "Marks", about: "In a figure: `line from curve { x n; y test }`." },
};

export const CATALOG_PAGES = Object.keys(HEADINGS) as readonly CatalogKind[];

export function catalogTitle(kind: CatalogKind): string {
  return HEADINGS[kind]?.title ?? kind;
}

export function catalogPage(kind: CatalogKind): string {
  return page([
    `# ${catalogTitle(kind)}`,
    HEADINGS[kind]?.about,
    ...entries(kind).flatMap((entry) => entrySection(entry)),
  ]);
}

function entrySection(entry: CatalogEntry): readonly (string | undefined)[] {
  const aliases = entry.aliases ?? [];
  const parameters = Object.entries(entry.parameters);
  return [
    `## ${entry.id}`,
    prose(entry.doc),
    aliases.length === 0 ? undefined : `Also written ${aliases.map(code).join(", ")}.`,
    ...particulars(entry),
    parameters.length === 0 ? undefined : parameterTable(entry, parameters),
  ];
}

function parameterTable(
  { required = [], positional = [] }: CatalogEntry,
  parameters: readonly (readonly [string, ParameterSchema])[],
): string {
  return (
    table(
      ["parameter", "takes", "default", ""],
      parameters.map(([name, schema]) => [
        `${code(name)}${positional.includes(name) ? "¹" : ""}`,
        takes(schema),
        schema.default === undefined
          ? required.includes(name)
            ? "required"
            : ""
          : code(written(schema.default, schema)),
        prose(schema.description),
      ]),
    ) + (positional.length === 0 ? "" : "\n\n¹ may stand without its name, in this order.")
  );
}

function takes(schema: Omit<ParameterSchema, "description">): string {
  if (schema.refers !== undefined) return `a ${schema.refers}`;
  if (schema.enum !== undefined) return schema.enum.map((value) => code(written(value, schema))).join(", ");
  if (schema.anyOf !== undefined) {
    const { unit } = schema;
    return schema.anyOf.map((each) => takes(unit === undefined ? each : { ...each, unit })).join(", or ");
  }
  if (schema.type === "array") return `a list of ${schema.items === undefined ? "values" : takes(schema.items)}`;
  const range = rangeOf(schema);
  const kind =
    { ...KINDS, ...(schema.unit === undefined ? {} : UNITS[schema.unit]) }[schema.type ?? "string"] ?? "text";
  return [kind, schema.not === undefined ? "" : "odd", range].filter((part) => part !== "").join(", ");
}

const KINDS: { readonly [type: string]: string } = {
  number: "a number",
  integer: "a whole number",
  string: "text",
  boolean: "`yes` or `no`",
  object: "settings",
};

type Kinds = { readonly [type: string]: string };
const both = (text: string): Kinds => ({ number: text, integer: text, string: text, object: text });
const UNITS: { readonly [unit in NonNullable<ParameterSchema["unit"]>]?: Kinds } = {
  duration: both("a duration: `steps`, `epochs`, `images` or `checks`"),
  px: both("pixels (`px`)"),
  fraction: both("a share (`20%` or `0.2`)"),
  images: both("images"),
};

function rangeOf({
  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
}: Omit<ParameterSchema, "description">): string {
  const low = minimum !== undefined ? `≥ ${minimum}` : exclusiveMinimum !== undefined ? `> ${exclusiveMinimum}` : "";
  const high = maximum !== undefined ? `≤ ${maximum}` : exclusiveMaximum !== undefined ? `< ${exclusiveMaximum}` : "";
  return [low, high].filter((bound) => bound !== "").join(" and ");
}

/** A value as a study has it. */
function written(value: Json, schema: Omit<ParameterSchema, "description">): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return `[${value.map((each: Json) => written(each, schema)).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    if ("unit" in value && "value" in value) return `${String(value.value)} ${String(value.unit)}`;
    return JSON.stringify(value);
  }
  return schema.unit === "px" && typeof value === "number" ? `${value} px` : String(value);
}

/** What only entries of its kind have. */
function particulars(entry: CatalogEntry): readonly (string | undefined)[] {
  switch (entry.kind) {
    case "model":
      return [presetOf(entry as ModelEntry)];
    case "probe":
      return probeFacts(entry as ProbeEntry);
    case "metric":
      return [metricFacts(entry as MetricEntry)];
    case "mark":
      return [markFacts(entry as MarkEntry)];
    default:
      return [];
  }
}

function presetOf({ preset }: ModelEntry): string | undefined {
  if (preset === undefined) return undefined;
  const params = Object.entries(preset.params).map(([name, value]) => `${name}: ${written(value, {})}`);
  return `Is ${code(`${preset.of}(${params.join(", ")})`)}: the same numbers under the same keys.`;
}

function probeFacts({ states, split, inner, estimator, metric, reads }: ProbeEntry): readonly string[] {
  const facts: string[] = [];
  const named = states.map(({ name, default: otherwise }) => `${code(name)}${otherwise ? ` (${otherwise})` : ""}`);
  if (named.length > 0) facts.push(`states ${named.join(", ")}`);
  if (reads.kind === "inputs" && reads.given) facts.push("a state may be `features(…)` from elsewhere");
  facts.push(split === null ? "reads no images" : `images of ${code(split)} where no split is named`);
  if (inner.length > 0) facts.push(`a row for each ${inner.map(code).join(" × ")}`);
  if (metric === "required" || metric === "target") facts.push("scored by a metric");
  if (estimator.length > 0) facts.push(`its estimator in results names ${estimator.map(code).join(", ")}`);
  return [`${facts.map((fact) => `- ${fact}`).join("\n")}`];
}

function metricFacts({ tasks, direction, range }: MetricEntry): string {
  const [low, high] = range;
  const better = direction === "max" ? "higher is better" : "lower is better";
  return `For ${tasks.join(", ")}; ${better}; from ${low ?? "−∞"} to ${high ?? "∞"}.`;
}

function markFacts({ channels, needs, band }: MarkEntry): string {
  const may = channels.filter((channel) => !needs.includes(channel));
  const parts = [`Needs ${needs.map(code).join(", ")}`];
  if (may.length > 0) parts.push(`takes ${may.map(code).join(", ")}`);
  if (band) parts.push("may have a `band`");
  return `${parts.join("; ")}.`;
}
