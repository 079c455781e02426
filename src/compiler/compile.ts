/** The driver: it only sequences. Load, bind, read the header, check every declaration, expand, check outputs, lint. */

import type { Declaration, DeclarationKind } from "../../grammar/syntax.js";
import { BUILTIN, entry } from "../catalog/index.js";
import { bind, type DeclaredSymbol, type Scope } from "./bind/scope.js";
import { withoutCascades } from "./cascades/index.js";
import { checkDeclaration } from "./check/declaration.js";
import { fileStem, readHeader, type StudyHeader } from "./check/study.js";
import type { Diagnostic } from "./diagnostics.js";
import type { Context, ExpandedExperiment, ModelFacts } from "./evaluate/context.js";
import type { Environment } from "./evaluate/environment.js";
import { tracedModels } from "./evaluate/models.js";
import { expandExperiment } from "./expand/experiment.js";
import type { CompilerHost, DatasetFacts, Fact } from "./host.js";
import { Judge } from "./lint/ignore.js";
import { LATE, lint } from "./lint/index.js";
import { at, type LoadedFile, load, type Program } from "./load.js";
import { diagnostic, didYouMean } from "./messages.js";
import { type OutputScope, outputDeclarations } from "./output-scope.js";
import { checkOutputs } from "./outputs/check.js";
import { type CheckedOutputs, experimentTable } from "./outputs/signature.js";
import { asksForSize, outputsContext } from "./outputs-context.js";
import { reportIdleProfiles } from "./overrides/idle.js";
import { type Overrides, readOverrides } from "./overrides/replace.js";
import { outsideOfUnchosen, wrongUnder } from "./overrides/trial.js";
import { Diagnostics } from "./sink.js";
import type { CheckedStudy, DatasetSpec } from "./study.js";

export interface CompileOptions {
  readonly profile?: string;
  /** `path=value`, as given to `--set`. */
  readonly set?: readonly string[];
  /** Experiments to keep; all when empty. */
  readonly only?: readonly string[];
  /** How mistakes in profiles that are not chosen count: for who goes on without them they are warnings. Default errors. */
  readonly unchosen?: "errors" | "warnings";
  /** What models say of themselves; src/models when absent. */
  readonly models?: ModelFacts;
  /**
   * Declarations of the study's own file to look at, between two keystrokes; all when absent. Others are read as far as
   * these read them. Lints judge wholes and are left out.
   */
  readonly focus?: (declaration: Declaration) => boolean;
}

export interface SourceText {
  readonly path: string;
  readonly text: string;
}

export interface CompileResult {
  /** Absent where there are errors. */
  readonly study?: CheckedStudy;
  /** By file, the study's first, then by place. */
  readonly diagnostics: readonly Diagnostic[];
  /** What those are told of: each use of an unknown name, and what only follows from another slip, too. */
  readonly found: readonly Diagnostic[];
  /** Names of all declared data sets, used or not, of this study and what it imports. */
  readonly datasets: readonly string[];
  /** Names of the study's own profiles. */
  readonly profiles: readonly string[];
  /** Every text a diagnostic may point into. */
  readonly sources: readonly SourceText[];
  /**
   * What is left of what later stages say of the study once its ignores and the project's levels have been heard; `all`
   * where nothing of its data and weights is unknown.
   */
  readonly planned: (said: readonly Diagnostic[], known: "all" | "some") => readonly Diagnostic[];
}

/** What the compiler found on its way, for who asks about places in the text: editors. There with errors, too. */
export interface Inspection {
  readonly program: Program;
  readonly context: Context;
  readonly experiments: CheckedStudy["experiments"];
}

export async function compile(path: string, host: CompilerHost, options: CompileOptions = {}): Promise<CompileResult> {
  return (await inspect(path, host, options)).result;
}

export async function inspect(
  path: string,
  host: CompilerHost,
  options: CompileOptions = {},
): Promise<{ readonly result: CompileResult; readonly inspection?: Inspection }> {
  const sink = new Diagnostics();
  const program = await load(path, host, sink);
  if (program === undefined) {
    const diagnostics = sink.sorted([path]);
    const nothing = { datasets: [], profiles: [], sources: [{ path, text: "" }] };
    return { result: { diagnostics, found: diagnostics, ...nothing, planned: (said) => said } };
  }
  const models = options.models ?? tracedModels();
  if (options.unchosen === "warnings") {
    sink.hear(outsideOfUnchosen(program.root, options.profile));
  }
  const compilation = new Compilation(program, sink, { ...options, models }, host);
  const study = await compilation.run();
  if (sink.errors === 0 && options.focus === undefined) {
    await tryProfiles(compilation, { ...options, models });
  }
  const files = [...program.files, ...compilation.overrides.files];
  const sources = files.map((file) => ({ path: file.path, text: file.text }));
  const judge = new Judge(program.files, host.lint ?? {}, LATE, compilation.overrides.any ? "changed" : "as written");
  const found = judge.compiled(sink.sorted(files.map((file) => file.path)));
  const diagnostics = withoutCascades(found, program.files);
  const failed = diagnostics.some((each) => each.severity === "error");
  const result: CompileResult = {
    ...(failed || study === undefined ? {} : { study }),
    diagnostics,
    found,
    datasets: declared(program.files, "dataset"),
    profiles: declared([program.root], "profile"),
    sources,
    planned: (said, known) => judge.planned(said, known),
  };
  return { result, inspection: compilation.inspection() };
}

/** As written a study may be right, and wrong under a profile that nobody chose: it is told before a run is. */
async function tryProfiles({ program, overrides, profiles, sink, host }: Compilation, options: CompileOptions) {
  if (overrides.any) {
    return;
  }
  const unasked = { status: "unknown", reason: "not asked for a profile" } as const;
  const blind: CompilerHost = { ...host, dataset: async () => unasked };
  for (const profile of profiles) {
    const found = new Diagnostics();
    // what may be looked at is all, but lints are left out
    await new Compilation(program, found, { ...options, profile: profile.name, focus: () => true }, blind).run();
    for (const each of wrongUnder(profile, withoutCascades(found.sorted([program.root.path]), program.files))) {
      sink.report(each);
    }
  }
}

function declared(files: readonly LoadedFile[], keyword: DeclarationKind): readonly string[] {
  const items = files.flatMap(({ syntax }) => syntax.items);
  return items.flatMap((item) =>
    item.kind === "declaration" && item.keyword === keyword && hasFiles(item) ? [item.name.text] : [],
  );
}

/** A data set made of another has that one's files, and cannot lie elsewhere. */
function hasFiles({ keyword, value }: Declaration): boolean {
  return keyword !== "dataset" || value === undefined || value.kind === "name" || value.kind === "member";
}

class Compilation {
  readonly overrides: Overrides;
  readonly #scopes: ReadonlyMap<LoadedFile, Scope>;
  readonly #root: Scope;
  readonly #context: Context;
  readonly #headers = new Map<LoadedFile, StudyHeader | undefined>();
  readonly #expanded = new Map<DeclaredSymbol, ExpandedExperiment | "open">();
  #found: CheckedStudy["experiments"] = [];

  constructor(
    readonly program: Program,
    readonly sink: Diagnostics,
    readonly options: CompileOptions,
    readonly host: CompilerHost,
  ) {
    this.#scopes = bind(program, sink);
    this.#root = this.#scopeOf(program.root);
    this.overrides = readOverrides(this.#root, { set: [], ...options }, sink);
    this.#context = {
      catalog: host.catalog ?? BUILTIN,
      sink,
      scopes: this.#scopes,
      models: options.models ?? tracedModels(),
      replacements: this.overrides,
      declared: new Map(),
      recipes: new Map(),
      experiment: (symbol) => this.#experiment(symbol),
    };
  }

  async run(): Promise<CheckedStudy | undefined> {
    const { program, sink } = this;
    const header = this.#header(program.root);
    this.#checkRoot(header);
    for (const symbol of this.#focused()) {
      checkDeclaration(this.#context, symbol, this.#environment(symbol.file));
    }
    const outputs = this.#outputScope();
    const experiments = outputs.experiments.flatMap((symbol) => this.#experiment(symbol)?.experiment ?? []);
    const facts = await this.#facts(outputs, experiments);
    const environments = new Map(program.files.map((file) => [file.path, this.#environment(file)]));
    const context = outputsContext(this.#context, environments, experiments, facts);
    const checked = checkOutputs(
      outputs.declarations,
      experiments.map((each) => experimentTable(each, context.metric)),
      context,
    );
    this.#found = experiments;
    if (this.options.focus !== undefined) {
      return undefined;
    }
    lint({
      context: this.#context,
      program,
      root: this.#root,
      experiments,
      outputs: checked,
      header: this.#written(header),
      facts,
    });
    if (sink.errors === 0) {
      reportIdleProfiles(this.#root, this.#scopes, sink);
    }
    return sink.errors > 0 ? undefined : this.#study(header, experiments, checked);
  }

  inspection(): Inspection {
    return { program: this.program, context: this.#context, experiments: this.#found };
  }

  get profiles(): readonly DeclaredSymbol[] {
    return [...this.#root.own.values()].filter(({ kind }) => kind === "profile");
  }

  #focused(): readonly DeclaredSymbol[] {
    const { focus } = this.options;
    const own = [...this.#root.own.values()];
    return focus === undefined ? own : own.filter((symbol) => focus(symbol.declaration));
  }

  /** Profiles are for trying out: the linter judges the repeats as written. */
  #written(header: StudyHeader | undefined): StudyHeader | undefined {
    const replaced = this.overrides.repeats !== undefined;
    return replaced ? readHeader(this.#context, this.#root, undefined) : header;
  }

  #study(
    header: StudyHeader | undefined,
    experiments: CheckedStudy["experiments"],
    outputs: CheckedOutputs,
  ): CheckedStudy {
    const { overrides, program } = this;
    return {
      name: header?.name ?? fileStem(program.root),
      ...(header?.title === undefined ? {} : { title: header.title }),
      seed: header?.seed ?? 0,
      repeats: header?.repeats ?? 1,
      experiments,
      ...outputs,
      ...(overrides.profile === undefined ? {} : { profile: overrides.profile }),
      overrides: overrides.written,
      files: program.files.map((file) => ({ path: file.path, text: file.text })),
      ...(this.host.catalog === undefined ? {} : { catalog: this.host.catalog }),
    };
  }

  #checkRoot(header: StudyHeader | undefined): void {
    const { root } = this.program;
    if (root.syntax.items.length === 0 && this.sink.errors === 0) {
      this.sink.report(diagnostic("file-empty", { file: root.path }, at(root, { start: 0, end: 0 })));
    }
    const experiment = [...this.#root.own.values()].find((symbol) => symbol.kind === "experiment");
    if (header === undefined && experiment !== undefined) {
      const name = fileStem(root).replace(/[^A-Za-z0-9_]/g, "_");
      this.sink.report(
        diagnostic("no-study", {}, at(root, experiment.declaration.name.span), {
          fixes: [
            {
              title: `add \`study ${name} { seed 1; repeats 3 }\``,
              edits: [{ location: at(root, { start: 0, end: 0 }), text: `study ${name} { seed 1; repeats 3 }\n` }],
              safe: false,
            },
          ],
        }),
      );
    }
  }

  /** An experiment of an imported study keeps that study's seed and repeats; its numbers are the same in both. */
  #header(file: LoadedFile): StudyHeader | undefined {
    if (!this.#headers.has(file)) {
      const overrides = file === this.program.root ? this.overrides : undefined;
      this.#headers.set(file, readHeader(this.#context, this.#scopeOf(file), overrides));
    }
    return this.#headers.get(file);
  }

  #experiment(symbol: DeclaredSymbol): ExpandedExperiment | undefined {
    const known = this.#expanded.get(symbol);
    if (known === "open") {
      const location = at(symbol.file, symbol.declaration.name.span);
      this.sink.report(diagnostic("experiment-circle", { name: symbol.name }, location));
      return undefined;
    }
    if (known !== undefined) {
      return known;
    }
    this.#expanded.set(symbol, "open");
    const header = this.#header(symbol.file) ?? this.#header(this.program.root);
    const replicates = { seed: header?.seed ?? 0, repeats: header?.repeats ?? 1 };
    const expanded = expandExperiment(this.#context, symbol, this.#environment(symbol.file), replicates);
    this.#expanded.set(symbol, expanded);
    return expanded;
  }

  #outputScope(): OutputScope {
    const only = this.options.only ?? [];
    const known = [...this.#root.own.values()].filter((each) => each.kind === "experiment").map((each) => each.name);
    for (const name of only) {
      if (!known.includes(name)) {
        const location = { path: `--only ${name}`, span: { start: 0, end: 0 } };
        const hint = known.length === 0 ? "this study has none." : didYouMean(name, known);
        this.sink.report(diagnostic("no-such-experiment", { name }, location, { hint }));
      }
    }
    return outputDeclarations(this.#root, this.#scopes, { only, focus: this.options.focus ?? (() => true) });
  }

  /** Sizes of targets, only where an output or the linter asks for them. */
  async #facts(
    outputs: OutputScope,
    experiments: CheckedStudy["experiments"],
  ): Promise<ReadonlyMap<DatasetSpec, Fact<DatasetFacts>>> {
    const bounded = experiments.some((each) => each.measures.some((measure) => isBounded(measure.probe)));
    if (!bounded && !asksForSize(outputs.declarations.map((each) => each.declaration))) {
      return new Map();
    }
    const targets = new Set(experiments.flatMap((each) => each.cells.map(({ target }) => target.base ?? target)));
    const facts = await Promise.all(
      [...targets].map(async (target) => [target, await this.host.dataset(target)] as const),
    );
    return new Map(facts);
  }

  #scopeOf(file: LoadedFile): Scope {
    return this.#scopes.get(file) ?? { file, own: new Map(), names: new Map() };
  }

  #environment(file: LoadedFile): Environment {
    return { scope: this.#scopeOf(file), locals: undefined };
  }
}

/** Whether some number of a probe's is bounded by how many images there are. */
function isBounded(probe: string): boolean {
  const parameters = Object.values(entry("probe", probe)?.parameters ?? {});
  return parameters.some(({ mostImagesOf }) => mostImagesOf !== undefined);
}
