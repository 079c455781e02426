/** `derive name = expression`: checked when first named, so that order in the file does not matter. */

import type { Call, Expression } from "../../../grammar/syntax.js";
import { type Cell, OTHER_REPEAT } from "../study.js";
import { caseTestCall, readCaseTest } from "./case-test.js";
import { readProbe } from "./probes.js";
import { readQuantity } from "./quantities.js";
import { locationOf, Names, type Scope, type SlicedTable, scopeAxes } from "./scope.js";
import type { ColumnSignature, MetricFacts, OutputDeclaration, OutputsContext, TableSignature } from "./signature.js";
import { expressionText } from "./text.js";
import { NO_FACTS, type Typed } from "./typed.js";
import type { DerivedColumn } from "./types.js";

/** Every name at the root of a reference in an expression. */
function rootNames(expression: Expression, found: Set<string>): Set<string> {
  switch (expression.kind) {
    case "name":
      found.add(expression.text);
      break;
    case "member":
      rootNames(expression.object, found);
      break;
    case "index":
      rootNames(expression.object, found);
      break;
    case "call":
      for (const argument of expression.args) {
        rootNames(argument.value, found);
      }
      break;
    case "with":
      rootNames(expression.base, found);
      for (const rule of "statements" in expression.change ? expression.change.statements : []) {
        if (rule.kind === "rule") rootNames(rule.source, found);
      }
      break;
    case "unary":
      rootNames(expression.operand, found);
      break;
    case "binary":
      rootNames(expression.left, found);
      rootNames(expression.right, found);
      break;
    case "tuple":
    case "list":
      for (const item of expression.items) {
        rootNames(item.value, found);
      }
      break;
    default:
  }
  return found;
}

/** A bare name is a metric, a split or an estimator; a state is a table's. */
function stateArguments(call: Call): readonly Expression[] {
  return call.args.flatMap(({ value }) => (value.kind === "name" ? [] : [value]));
}

interface CheckedDerive {
  readonly column: DerivedColumn;
  readonly signature: TableSignature;
}

type State = "open" | "checking" | CheckedDerive | "broken";

export class Derives {
  readonly #declared = new Map<string, OutputDeclaration>();
  readonly #states = new Map<string, State>();
  readonly names: Names;

  constructor(declarations: readonly OutputDeclaration[], tables: readonly TableSignature[], context: OutputsContext) {
    for (const declared of declarations) {
      const { keyword, name } = declared.declaration;
      if (keyword === "derive" && !this.#declared.has(name.text)) {
        this.#declared.set(name.text, declared);
      }
    }
    const lookups = [...this.#declared.keys()].map((name) => [name, () => this.#table(name)] as const);
    this.names = new Names(tables, new Map(lookups), context);
  }

  /** All that hold, in file order. */
  columns(): readonly DerivedColumn[] {
    return [...this.#declared.keys()].flatMap((name) => {
      const checked = this.#resolve(name);
      return typeof checked === "string" ? [] : [checked.column];
    });
  }

  #table(name: string): TableSignature | undefined {
    const checked = this.#resolve(name);
    return typeof checked === "string" ? undefined : checked.signature;
  }

  #resolve(name: string): State {
    const declared = this.#declared.get(name);
    const state = this.#states.get(name) ?? "open";
    if (declared === undefined || (state !== "open" && state !== "checking")) {
      return state;
    }
    if (state === "checking") {
      this.names.report(declared, declared.declaration.name, "derive-of-itself", { name });
      this.#states.set(name, "broken");
      return "broken";
    }
    this.#states.set(name, "checking");
    const checked = this.#check(name, declared) ?? "broken";
    const now = this.#states.get(name) === "broken" ? "broken" : checked;
    this.#states.set(name, now);
    return now;
  }

  #check(name: string, { declaration, path }: OutputDeclaration): CheckedDerive | undefined {
    const { value } = declaration;
    if (value === undefined || value.kind === "missing") {
      if (value === undefined) {
        this.names.report({ path }, declaration.name, "derive-without-value", { name });
      }
      return undefined;
    }
    const test = caseTestCall(value);
    if (test !== undefined) {
      return this.#caseTest(name, this.#scope([value], path), test, locationOf({ path }, declaration.name));
    }
    const probe = this.#probeCall(value);
    const scope = this.#scope(probe === undefined ? [value] : stateArguments(probe), path);
    const location = locationOf({ path }, declaration.name);
    return probe === undefined
      ? this.#quantity(name, scope, value, location)
      : this.#probe(name, scope, probe, location);
  }

  #scope(values: readonly Expression[], path: string): Scope {
    const roots = values.reduce((found, value) => rootNames(value, found), new Set<string>());
    const from: SlicedTable[] = [...roots].flatMap((root) => {
      const signature = this.names.has(root) ? this.names.table(root) : undefined;
      return signature === undefined ? [] : [{ signature, slice: {} }];
    });
    return { path, from, columns: [], axes: scopeAxes(from) };
  }

  #probeCall(value: Expression): Call | undefined {
    const { probes } = this.names.context;
    const name = value.kind === "call" && value.callee.kind === "name" ? value.callee.text : "";
    return value.kind === "call" && probes.includes(name) ? value : undefined;
  }

  #quantity(
    name: string,
    scope: Scope,
    value: Expression,
    location: DerivedColumn["location"],
  ): CheckedDerive | undefined {
    const typed = readQuantity(this.names, scope, value);
    if (typed === undefined) {
      return undefined;
    }
    const column: DerivedColumn = {
      name,
      text: expressionText(value),
      axes: typed.axes,
      perRepeat: typed.perRepeat,
      metric: typed.metric ?? "number",
      estimator: typed.estimator ?? "",
      value: { kind: "quantity", quantity: typed.quantity },
      location,
    };
    const cells = scope.from.flatMap((table) => table.signature.cells);
    return { column, signature: signatureOf(column, typed, cells) };
  }

  #caseTest(name: string, scope: Scope, call: Call, location: DerivedColumn["location"]): CheckedDerive | undefined {
    const checked = readCaseTest(this.names, scope, call, readQuantity);
    if (checked === undefined) {
      return undefined;
    }
    const { axes, method, adjust, instances } = checked;
    const column: DerivedColumn = {
      name,
      text: expressionText(call),
      axes,
      perRepeat: false,
      metric: "p",
      estimator: adjust === "none" ? method : `${method} ${adjust}`,
      value: { kind: "comparison", method, adjust, instances },
      location,
    };
    const facts: MetricFacts = { direction: "none", least: 0, greatest: 1 };
    const cells = instances.flatMap(({ pairs }) => pairs.map(({ first }) => first.cell));
    return { column, signature: signatureOf(column, { facts, layersOf: undefined }, cells) };
  }

  #probe(name: string, scope: Scope, call: Call, location: DerivedColumn["location"]): CheckedDerive | undefined {
    const checked = readProbe(this.names, scope, call, name);
    if (checked === undefined) {
      return undefined;
    }
    const { head, axes, instances } = checked;
    const column: DerivedColumn = {
      name,
      text: expressionText(call),
      axes,
      perRepeat: true,
      metric: head.column,
      estimator: head.estimator,
      value: { kind: "probe", metric: head.column, estimator: head.estimator, instances },
      location,
    };
    const pairs = instances.some(({ probe }) => probe.loops[OTHER_REPEAT] !== undefined);
    const facts = this.names.context.metric(head.metric ?? head.column) ?? NO_FACTS;
    const cells = checked.instances.map((each) => each.cell);
    return {
      column,
      signature: signatureOf(
        column,
        {
          facts,
          layersOf: undefined,
          ...(pairs ? { pairs } : {}),
          ...(head.rescored === undefined ? {} : { rescored: head.rescored }),
        },
        cells,
      ),
    };
  }
}

/** The cells are for properties of its models and targets; a derive has no states. */
function signatureOf(
  column: DerivedColumn,
  { facts, layersOf, pairs, rescored }: Pick<Typed, "facts" | "layersOf" | "pairs" | "rescored">,
  cells: readonly Cell[],
): TableSignature {
  const own: ColumnSignature = {
    name: column.name,
    inner: [],
    metric: column.metric,
    estimator: column.estimator,
    facts,
    perRepeat: column.perRepeat,
    ...(pairs === undefined ? {} : { pairs }),
    ...(rescored === undefined ? {} : { rescored }),
    ...(layersOf === undefined ? {} : { layersOf }),
    location: column.location,
  };
  return {
    name: column.name,
    kind: "derive",
    axes: column.axes,
    columns: [own],
    states: [],
    cells,
    location: column.location,
  };
}
