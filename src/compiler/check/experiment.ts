/** What stands in an experiment: its axes in order, its slots, its conditions, its measures. */

import type {
  Expression,
  MeasureStatement,
  Setting,
  Span,
  Axis as SyntaxAxis,
  TuneStatement,
  WhereStatement,
} from "../../../grammar/syntax.js";
import { UNITS } from "../../../grammar/tokens.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, locate } from "../evaluate/environment.js";
import { report, suggestion } from "../evaluate/report.js";
import { CHOSEN_MEASURE } from "../study.js";
import { type FoldsSetting, foldsSetting } from "./algebra.js";
import { clauseOf, misplaced, withoutBody } from "./settings.js";
import { slotsMissing } from "./slots-missing.js";
import { type LabelsSetting, labelsSetting } from "./subset.js";
import { readTune, type TuneDeclaration } from "./tune.js";

export const SLOTS = ["model", "target", "source", "init", "train"] as const;
export type Slot = (typeof SLOTS)[number];

export function isSlot(name: string): name is Slot {
  return SLOTS.some((slot) => slot === name);
}

export interface AxisDeclaration {
  readonly name: string;
  /** Of a tuple axis: what each place of its points fills. */
  readonly fills: readonly string[] | undefined;
  readonly values: Expression;
  /** Where the values are read: another file where a profile replaced them. */
  readonly scope: Environment["scope"];
  readonly nameSpan: Span;
}
export interface SlotDeclaration {
  readonly slot: Slot;
  readonly value: Expression;
  readonly scope: Environment["scope"];
}
export interface LabelsDeclaration extends LabelsSetting {
  readonly scope: Environment["scope"];
}
export interface ExperimentShape {
  readonly axes: readonly AxisDeclaration[];
  readonly slots: readonly SlotDeclaration[];
  readonly conditions: readonly WhereStatement[];
  readonly measures: readonly MeasureStatement[];
  readonly labels: LabelsDeclaration | undefined;
  readonly folds: FoldsSetting | undefined;
  readonly tunes: readonly TuneDeclaration[];
  /** Nothing is trained: it has neither init nor training, and perhaps no model. Its measures may read no state of its cells. */
  readonly untrained: boolean;
  /** Something of it was reported: its cells would not be the ones meant. */
  readonly sound: boolean;
}

export function shapeOf(context: Context, symbol: DeclaredSymbol, environment: Environment): ExperimentShape {
  const reader = new ShapeReader(context, symbol, environment);
  for (const statement of symbol.declaration.body?.statements ?? []) {
    switch (statement.kind) {
      case "vary":
        for (const axis of statement.axes) {
          reader.axis(axis);
        }
        break;
      case "where":
        reader.conditions.push(statement);
        break;
      case "measure":
        reader.measure(statement);
        break;
      case "setting":
        reader.setting(statement);
        break;
      case "tune":
        reader.tunes.push(statement);
        break;
      default:
        misplaced(context, environment, statement, "an experiment");
        reader.sound = false;
    }
  }
  return reader.shape();
}

class ShapeReader {
  readonly axes: AxisDeclaration[] = [];
  readonly conditions: WhereStatement[] = [];
  readonly measures: MeasureStatement[] = [];
  readonly tunes: TuneStatement[] = [];
  readonly #slots: SlotDeclaration[] = [];
  /** Every name that has a meaning here, and where it got it. */
  readonly #taken = new Map<string, { readonly span: Span; readonly how: string }>();
  labels: LabelsDeclaration | undefined;
  folds: FoldsSetting | undefined;
  sound = true;

  constructor(
    readonly context: Context,
    readonly symbol: DeclaredSymbol,
    readonly environment: Environment,
  ) {}

  axis(axis: SyntaxAxis): void {
    if (axis.kind === "tuple-axis") {
      const fills = axis.slots.map((each) => each.text);
      const sound = [axis.name, ...axis.slots].map((each) => this.#take(each.text, each.span, "varied"));
      if (sound.every((each) => each)) {
        this.#addAxis(axis.name.text, axis.name.span, fills, axis.values);
      }
      return;
    }
    const [name, ...others] = axis.path.segments;
    if (name === undefined || others.length > 0) {
      report(this.context, this.environment, axis.path.span, "axis-is-a-path", { name: name?.text ?? "" });
      this.sound = false;
    } else if (this.#take(name.text, name.span, "varied")) {
      this.#addAxis(name.text, name.span, undefined, axis.values);
    }
  }

  #addAxis(name: string, nameSpan: Span, fills: readonly string[] | undefined, written: Expression): void {
    const replacement = this.context.replacements.of(this.symbol, name);
    const values = replacement?.expression ?? written;
    const scope = replacement?.environment.scope ?? this.environment.scope;
    this.axes.push({ name, fills, values, scope, nameSpan });
  }

  setting(setting: Setting): void {
    const { text, span } = setting.name;
    if (text === "labels" || text === "folds") {
      this.#data(text, setting);
      return;
    }
    if (!isSlot(text)) {
      if (text !== "" && !UNITS.has(text)) {
        const known = [...SLOTS, "labels", "folds", "vary", "where", "measure"];
        const subject = `the experiment \`${this.symbol.name}\``;
        report(
          this.context,
          this.environment,
          span,
          "unknown-setting",
          { subject, name: text },
          suggestion(this.environment, span, text, known),
        );
      }
      this.sound = false;
      return;
    }
    withoutBody(this.context, setting, this.environment);
    clauseOf(this.context, setting, this.environment, []);
    const [first, second] = setting.args;
    if (first === undefined || second !== undefined) {
      report(this.context, this.environment, (second ?? setting).span, "slot-takes-one", { slot: text });
      this.sound = false;
      return;
    }
    if (this.#take(text, span, "fixed")) {
      const replacement = this.context.replacements.of(this.symbol, text);
      const scope = replacement?.environment.scope ?? this.environment.scope;
      this.#slots.push({ slot: text, value: replacement?.expression ?? first.value, scope });
    }
  }

  /** How the target's cases are chosen and split. */
  #data(name: "labels" | "folds", setting: Setting): void {
    const replacement = this.context.replacements.of(this.symbol, name);
    if (name === "folds") {
      this.folds = foldsSetting(this.context, setting, this.environment, replacement);
      this.sound &&= this.folds !== undefined;
    } else {
      const labels = labelsSetting(this.context, setting, this.environment);
      const scope = replacement?.environment.scope ?? this.environment.scope;
      const amount = replacement?.expression ?? labels?.amount;
      this.labels = labels && { options: labels.options, amount, scope };
      this.sound &&= this.labels !== undefined;
    }
    // `vary labels in …` beside a `labels` that only says how
    if (name === "folds" || this.labels?.amount !== undefined) this.#take(name, setting.name.span, "fixed");
  }

  measure(statement: MeasureStatement): void {
    if (statement.name.text !== "" && this.#take(`measure ${statement.name.text}`, statement.name.span, "measured")) {
      this.measures.push(statement);
    }
  }

  /** A name means one thing; a slot is fixed or varied, not both. */
  #take(name: string, span: Span, how: string): boolean {
    const first = this.#taken.get(name);
    if (first === undefined) {
      this.#taken.set(name, { span, how });
      return true;
    }
    const related = [{ location: locate(this.environment, first.span), message: `first ${first.how} here` }];
    const plain = name.replace(/^measure /, "");
    this.sound = false;
    if (first.how !== how) {
      report(this.context, this.environment, span, "slot-fixed-and-varied", { slot: plain }, { related });
    } else {
      report(
        this.context,
        this.environment,
        span,
        "named-twice",
        { name: plain, how, hint: how === "fixed" ? `keep one; for several, \`vary ${plain} in [a, b]\`.` : RENAME },
        { related },
      );
    }
    return false;
  }

  shape(): ExperimentShape {
    const { axes, conditions, measures, labels, folds } = this;
    if (labels !== undefined && labels.amount === undefined && !axes.some((axis) => binds(axis, "labels"))) {
      report(this.context, this.environment, this.symbol.declaration.name.span, "labels-without-slot", {});
      this.sound = false;
    }
    const { sound } = this;
    const filled = new Set([
      ...this.#slots.map((each) => each.slot as string),
      ...axes.flatMap((axis) => axis.fills ?? [axis.name]),
    ]);
    const missing = (["model", "target", "init", "train"] as const).filter((slot) => !filled.has(slot));
    const untrained = measures.length > 0 && missing.includes("init") && missing.includes("train");
    const wanted = untrained && !missing.includes("target") ? [] : missing;
    if (wanted.length > 0 && sound) {
      const strange = axes.filter(({ name, fills }) => fills === undefined && !isSlot(name));
      slotsMissing(this.context, this.symbol, this.environment, wanted, strange);
    }
    const names = [...new Set([...axes.flatMap(({ name, fills }) => [name, ...(fills ?? [])]), ...filled])];
    const read = this.tunes.map((statement) => readTune(this.context, this.symbol, statement, this.environment, names));
    const tunes = read.filter((tune) => tune !== undefined);
    const taken = tunes.length > 0 ? measures.find(({ name }) => name.text === CHOSEN_MEASURE) : undefined;
    if (taken !== undefined) {
      const hint = "`tune` says what it chose under this name; give yours another.";
      report(this.context, this.environment, taken.name.span, "named-twice", {
        name: CHOSEN_MEASURE,
        how: "measured",
        hint,
      });
    }
    return {
      axes,
      slots: this.#slots,
      conditions,
      measures,
      labels,
      folds,
      tunes,
      untrained,
      sound: sound && wanted.length === 0 && tunes.length === read.length && taken === undefined,
    };
  }
}

export function binds({ name, fills }: AxisDeclaration, slot: string): boolean {
  return fills === undefined ? name === slot : fills.includes(slot);
}

export const RENAME = "keep one, or give the second another name.";
