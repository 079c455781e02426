/** Init and composition rules → a manifest: for each tensor of the model, where it comes from. */

import type { ModelInfo, ModelSpec } from "../../../models/types.js";
import type { PartRule, StateSpec, TensorSource } from "../../study.js";
import { rememberDigest } from "../key.js";
import { manifestDigest } from "../summary.js";
import type { InputRef, ManifestEntry } from "../types.js";
import { type Fit, fitOf, type Shapes } from "./adapt.js";
import { type Assignment, assignRules } from "./assign.js";
import {
  type Draw,
  freshRow,
  isPlaced,
  isReset,
  quotedNames,
  type Row,
  randomRow,
  resetRow,
  stateRow,
  statsRow,
} from "./rows.js";
import { isTransferred } from "./select.js";

/** A state tensors can be taken from. */
export interface TensorSupply {
  readonly ref: Pick<InputRef, "node" | "output">;
  /** For people: `clothes`, `main[…].selected`. */
  readonly label: string;
  /** Absent while the checkpoint or data behind it is unknown. */
  readonly shapes?: Shapes;
  /** A file of unknown making: tensors in it that the model has not tell that it is another model's. */
  readonly from?: "file";
}

export interface ManifestRequest<S extends TensorSupply = TensorSupply> {
  readonly info: ModelInfo;
  readonly spec: ModelSpec;
  readonly task: string;
  readonly draw: Draw;
  readonly rules: readonly PartRule[];
  /** What tensors no rule names keep; absent in an init. */
  readonly base?: S;
  /** Asked for only when a rule in force draws from it. */
  readonly transfer: () => S | undefined;
  readonly state: (state: StateSpec) => S | undefined;
}

export type SupplyProblem =
  | { readonly kind: "no-source" }
  | { readonly kind: "missing"; readonly tensor: string; readonly supply: TensorSupply }
  | { readonly kind: "extra"; readonly tensor: string; readonly supply: TensorSupply }
  | {
      readonly kind: "misshapen";
      readonly tensor: string;
      readonly supply: TensorSupply;
      readonly wanted: readonly number[];
      readonly found: readonly number[];
    }
  | { readonly kind: "uncovered"; readonly tensor: string };

export interface BuiltManifest<S extends TensorSupply = TensorSupply> {
  readonly manifest: readonly ManifestEntry[];
  /** In order of first use: what `state: i` of the origins means. */
  readonly states: readonly S[];
  readonly assignment: Assignment;
  readonly problems: readonly SupplyProblem[];
}

export function buildManifest<S extends TensorSupply>(request: ManifestRequest<S>): BuiltManifest<S> {
  const { info, rules, base } = request;
  const assignment = assignRules(rules, info, base ? "compose" : "init");
  const picker = new Picker(request);
  const manifest: ManifestEntry[] = [];
  const origins: string[] = [];
  for (let index = 0; index < info.tensors.length; index++) {
    const row = picker.row(assignment.rule[index] ?? -1, index);
    manifest.push(row.entry(index));
    origins.push(row.general(index));
  }
  rememberDigest(manifest, manifestDigest(quotedNames(info), origins));
  return { manifest, states: picker.states, assignment, problems: picker.problems };
}

/** How a rule fills its tensors: from one row, and what is wrong with the source's tensors. */
interface Filling {
  readonly row: Row;
  readonly fit?: { readonly fit: Fit; readonly supply: TensorSupply };
}

/** Resolves each source when a tensor first needs it, and numbers states in that order. */
class Picker<S extends TensorSupply> {
  readonly states: S[] = [];
  readonly problems: SupplyProblem[] = [];
  readonly #fillings = new Map<number, Filling>();
  readonly #untouched = new Map<number, Filling>();

  constructor(private readonly request: ManifestRequest<S>) {}

  row(rule: number, index: number): Row {
    const { info, rules, base } = this.request;
    const source = rules[rule]?.source;
    if (source?.kind === "stats" && isReset(info, index)) return resetRow(info);
    if (source?.kind === "stats" && source.treatment === "as_published" && isPlaced(info.tensors[index])) {
      return this.#published(rule, index);
    }
    let filling = this.#fillings.get(rule);
    if (!filling) {
      filling = source ? this.#fill(source) : base ? this.#copy(base) : this.#fresh();
      this.#fillings.set(rule, filling);
    }
    if (!source && !base) this.#uncovered(index);
    if (filling.fit && !filling.fit.fit.flawless) this.#flaw(index, filling.fit.fit, filling.fit.supply);
    return filling.row;
  }

  /** Of tensors that published code leaves pretrained under statistics transfer. */
  #published(rule: number, index: number): Row {
    let filling = this.#untouched.get(rule);
    if (!filling) {
      filling = this.#from(this.request.transfer(), (supply) => this.#copy(supply));
      this.#untouched.set(rule, filling);
    }
    if (filling.fit && !filling.fit.fit.flawless) this.#flaw(index, filling.fit.fit, filling.fit.supply);
    return filling.row;
  }

  #fill(source: TensorSource): Filling {
    const { info, draw } = this.request;
    switch (source.kind) {
      case "random":
        return { row: randomRow(info, source.scheme, draw) };
      case "transfer":
        return this.#from(this.request.transfer(), (supply) => this.#copy(supply));
      case "state":
        return this.#from(this.request.state(source.state), (supply) => this.#copy(supply));
      case "stats":
        return this.#from(this.request.transfer(), (supply) => {
          const fit = this.#fitOf(supply);
          const { node, output } = supply.ref;
          const { seed, repeat } = draw;
          const stats = {
            seed,
            repeat,
            state: this.#number(supply),
            sampler: source.sampler,
            source: [node, output],
          } as const;
          return { row: statsRow(info, fit, stats), fit: { fit, supply } };
        });
      default:
        return source satisfies never;
    }
  }

  #from(supply: S | undefined, fill: (supply: S) => Filling): Filling {
    if (supply) return fill(supply);
    this.problems.push({ kind: "no-source" });
    return this.#fresh();
  }

  #copy(supply: S): Filling {
    const fit = this.#fitOf(supply);
    return { row: stateRow(this.request.info, fit, this.#number(supply)), fit: { fit, supply } };
  }

  #fitOf(supply: S): Fit {
    const fit = fitOf(this.request.info, supply.shapes);
    if (supply.from === "file") for (const tensor of fit.extra) this.problems.push({ kind: "extra", tensor, supply });
    return fit;
  }

  #fresh(): Filling {
    const { info, spec, task, draw } = this.request;
    return { row: freshRow(info, { ...draw, family: spec.family, task }) };
  }

  /** Two names of one state are one input. */
  #number(supply: S): number {
    const { node, output } = supply.ref;
    const index = this.states.findIndex(({ ref }) => ref.node === node && ref.output === output);
    return index >= 0 ? index : this.states.push(supply) - 1;
  }

  #uncovered(index: number): void {
    const tensor = this.request.info.tensors[index];
    if (tensor && isTransferred(tensor)) this.problems.push({ kind: "uncovered", tensor: tensor.name });
  }

  #flaw(index: number, { fits }: Fit, supply: TensorSupply): void {
    const fit = fits[index];
    const tensor = this.request.info.tensors[index];
    if (!fit || !tensor) return;
    const { name, shape: wanted } = tensor;
    if (fit.kind === "missing") this.problems.push({ kind: "missing", tensor: name, supply });
    if (fit.kind === "misshapen") {
      this.problems.push({ kind: "misshapen", tensor: name, supply, wanted, found: fit.found });
    }
  }
}
