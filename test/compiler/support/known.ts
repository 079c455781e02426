/** What tests know of the data of bad/lib/known.xfer, and all that `check` says of a study of them. */

import { compile } from "../../../src/compiler/compile.js";
import { holds } from "../../../src/compiler/conditions.js";
import type { Diagnostic } from "../../../src/compiler/diagnostics.js";
import type {
  CompilerHost,
  DatasetFacts,
  Fact,
  PredictionsFacts,
  SplitFacts,
  WeightsFacts,
} from "../../../src/compiler/host.js";
import { plannedDiagnostics } from "../../../src/compiler/lint/planned.js";
import { collectFacts, lower } from "../../../src/compiler/plan/index.js";
import type {
  CheckedStudy,
  DatasetSpec,
  FeaturesSpec,
  PredictionsSpec,
  SubsetSpec,
  WeightsSpec,
} from "../../../src/compiler/study.js";
import { traceModel } from "../../../src/models/trace.js";

const UNKNOWN = { status: "unknown", reason: "no data here" } as const;

const TEN = Array.from({ length: 10 }, (_, index) => `class ${index}`);
const balanced = (images: number): SplitFacts => ({ images, perClass: TEN.map(() => images / TEN.length) });
const rare = (images: number): SplitFacts => ({ images, perClass: [images * 0.93, images * 0.07] });
const patients = (images: number): SplitFacts => ({
  images,
  perClass: [images / 2, images / 2],
  groups: Math.ceil(images / 4),
});

const found = (images: number): SplitFacts => ({ images, perClass: [images * 0.2, images * 0.5, images * 0.1] });

const ten = { classes: TEN, task: "multiclass", channels: 1 } as const;
const two = { task: "binary", channels: 3 } as const;
const KNOWN: { readonly [name: string]: Omit<DatasetFacts, "fingerprint"> } = {
  many: { ...ten, splits: { train: balanced(2000), val: balanced(400), test: balanced(800) } },
  few: { ...ten, splits: { train: balanced(300), val: balanced(30), test: balanced(60) } },
  rare: { ...two, classes: ["benign", "malign"], splits: { train: rare(1000), val: rare(200), test: rare(400) } },
  finds: {
    task: "multilabel",
    channels: 1,
    classes: ["mass", "oedema", "effusion"],
    splits: { train: found(600), val: found(100), test: found(200) },
  },
  ward: {
    ...two,
    classes: ["cancer", "healthy"],
    splits: { train: patients(800), val: patients(200), test: patients(200) },
  },
  unsplit: { ...ten, splits: { train: balanced(500) } },
  clinic: {
    ...two,
    classes: ["no", "yes"],
    splits: { train: patients(800), val: patients(200), test: patients(200) },
    groupedBy: "patient",
    columns: [
      { name: "sex", type: "string", missing: 0, values: ["F", "M"] },
      { name: "scanner", type: "string", missing: 0, values: ["alpha", "beta"] },
      { name: "age", type: "number", missing: 3, range: [20, 85] },
    ],
  },
};

/** `resnet_s` of base.xfer as a checkpoint has it. */
function tensors(): { readonly [name: string]: readonly number[] } {
  const family = { version: 1, params: { blocks: [1, 1, 1], widths: [16, 32, 64], stem: "small" } };
  const info = traceModel({ family: "resnet", ...family, classes: 10, channels: 1, size: 28 });
  return Object.fromEntries(info.tensors.map(({ name, shape }) => [name, shape]));
}

function inceptionTensors(): { readonly [name: string]: readonly number[] } {
  const info = traceModel({ family: "inception", version: 1, params: {}, classes: 10, channels: 3, size: 299 });
  return Object.fromEntries(info.tensors.map(({ name, shape }) => [name, shape]));
}

/** Checkpoints under `./known/`: each wrong in the way its name says. */
export function knownWeights({ path }: WeightsSpec): Fact<WeightsFacts> {
  const name = /^\.\/known\/(\w+)\.safetensors$/.exec(path)?.[1];
  const all = tensors();
  const [first = ""] = Object.keys(all);
  const { [first]: _, ...rest } = all;
  const known = (held: WeightsFacts["tensors"]): Fact<WeightsFacts> => ({
    status: "known",
    facts: { digest: `digest of ${name}`, tensors: held },
    from: "data",
  });
  switch (name) {
    case "lacking":
      return known(rest);
    case "misshapen":
      return known({ ...all, [first]: [7, 7] });
    case "extra":
      return known({ ...all, "layer9.weight": [3, 3] });
    case "classes1000":
    case "classes1008":
      return known({ ...inceptionTensors(), "fc.weight": [Number(name.slice(7)), 2048] });
    case "broken":
      return { status: "problem", message: "it ends before its header does", hint: "download it again." };
    default:
      return UNKNOWN;
  }
}

/** Predictions under `./known/`, each what its name says. */
const TWICE = {
  status: "problem",
  message: "rows 3 and 7 have the same id",
  hint: "give every image one row",
} as const;

export function knownPredictions({ path, scores }: PredictionsSpec | FeaturesSpec): Fact<PredictionsFacts> {
  if (scores === "features") {
    if (path.endsWith("/twice.csv")) return TWICE;
    const facts = { digest: `digest of ${path}`, images: 200, form: "features", classes: [], width: 8 } as const;
    return path.startsWith("./known/") ? { status: "known", facts, from: "data" } : UNKNOWN;
  }
  const name = /^\.\/known\/(\w+)\.csv$/.exec(path)?.[1] ?? "";
  const known = (form: PredictionsFacts["form"], classes: readonly string[]): Fact<PredictionsFacts> => ({
    status: "known",
    facts: { digest: `digest of ${name}`, images: 200, form, classes },
    from: "data",
  });
  switch (name) {
    case "yesno":
      return known("scores", ["no", "yes"]);
    case "labels":
      return known("labels", ["no", "yes"]);
    case "others":
      return known("scores", ["no", "yess"]);
    case "strangers":
      return known("labels", ["perhaps"]);
    case "twice":
      return TWICE;
    default:
      return UNKNOWN;
  }
}

/** Data under `./known/` are known, and what a subset leaves of them. */
export function knownDataset({ path, views = [] }: DatasetSpec): Fact<DatasetFacts> {
  const name = /^\.\/known\/(\w+)$/.exec(path)?.[1] ?? "";
  const known = KNOWN[name];
  if (name === "broken") {
    return { status: "problem", message: "3 files are no images", hint: "remove them, or `reject: skip(max: 1%)`." };
  }
  if (known === undefined) return UNKNOWN;
  let { splits } = known;
  for (const view of views) if (view.kind === "subset" && view.amount.kind === "share") splits = cut(splits, view);
  const idle = idleIn(views, known.columns ?? []);
  const facts = { ...known, splits, fingerprint: name, ...(idle.length === 0 ? {} : { idle }) };
  return { status: "known", facts, from: "data" };
}

/** Of `where`s on a range or on values that are listed: those that every case meets. */
function idleIn(views: NonNullable<DatasetSpec["views"]>, columns: NonNullable<DatasetFacts["columns"]>) {
  const wheres = views.flatMap((view) => (view.kind === "where" ? [view.condition] : []));
  return wheres.flatMap((condition, place) => {
    const column = "column" in condition ? columns.find(({ name }) => name === condition.column) : undefined;
    const values: readonly (string | number)[] = column?.values ?? column?.range ?? [];
    return values.length > 0 && values.every((value) => holds(condition, () => value)) ? [place] : [];
  });
}

function cut(splits: DatasetFacts["splits"], { amount, val }: SubsetSpec): DatasetFacts["splits"] {
  const part = (split: SplitFacts): SplitFacts => ({
    ...split,
    images: Math.round(split.images * amount.value),
    perClass: split.perClass.map((count) => Math.round(count * amount.value)),
  });
  const cuts = new Set(["train", ...(val === "cut" ? ["val"] : [])]);
  return Object.fromEntries(Object.entries(splits).map(([name, each]) => [name, cuts.has(name) ? part(each) : each]));
}

export interface CheckedWhole {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly { readonly path: string; readonly text: string }[];
  readonly study: CheckedStudy | undefined;
}

/** All that `xferc check` says: of the text, and of the data as far as they are known. */
export async function checkWhole(
  path: string,
  host: CompilerHost,
  options: Parameters<typeof compile>[2] = {},
): Promise<CheckedWhole> {
  const informed: CompilerHost = {
    ...host,
    dataset: async (spec) => knownDataset(spec),
    weights: async (spec) => knownWeights(spec),
    predictions: async (spec) => knownPredictions(spec),
  };
  const compiled = await compile(path, informed, options);
  const { study, diagnostics, sources } = compiled;
  if (study === undefined) return { diagnostics, sources, study };
  const facts = await collectFacts(study, informed);
  const signature = { engine: "none", engineVersion: "0", device: "cpu", precision: "f32", threads: 1 } as const;
  const lowered = lower(study, facts, { signature });
  return { diagnostics: [...diagnostics, ...plannedDiagnostics(compiled, study, facts, lowered)], sources, study };
}
