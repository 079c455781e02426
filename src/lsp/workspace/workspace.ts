/**
 * What the server knows of a document: its tree and names at once, and what the compiler says of it when asked. Both are
 * kept until a text they were read from changes.
 */

import type { TextDocument } from "vscode-languageserver-textdocument";
import { BUILTIN, type Catalog } from "../../catalog/index.js";
import { bind, type Scope } from "../../compiler/bind/scope.js";
import { type CompileResult, type Inspection, inspect } from "../../compiler/compile.js";
import type { DiagnosticSink } from "../../compiler/diagnostics.js";
import { type LoadedFile, load, type Program } from "../../compiler/load.js";
import { type FileNames, fileNames } from "../names/resolve.js";
import type { SlowReport } from "../slow/types.js";
import { ProjectPlugins } from "./plugins.js";
import { type Project, Projects } from "./projects.js";
import { Texts } from "./texts.js";

/** A document with what it imports, names bound; nothing evaluated. */
export interface View {
  /** Absolute. */
  readonly path: string;
  readonly project: Project;
  readonly catalog: Catalog;
  readonly program: Program;
  readonly file: LoadedFile;
  readonly scopes: ReadonlyMap<LoadedFile, Scope>;
  readonly scope: Scope;
  readonly names: FileNames;
  readonly document: TextDocument;
}

/** What compiling it says. */
export interface Analysis {
  readonly view: View;
  readonly result: CompileResult;
  readonly inspection: Inspection | undefined;
}

const KEPT = 256;
const SILENT: DiagnosticSink = { report: () => {} };

export class Workspace {
  readonly texts = new Texts();
  readonly projects: Projects;
  /** What was found out about studies when they were last saved. */
  readonly reports = new Map<string, SlowReport>();
  readonly #views = new Map<string, View>();
  readonly #analyses = new Map<string, { readonly view: View; readonly analysis: Promise<Analysis> }>();

  constructor(readonly plugins = new ProjectPlugins("load")) {
    this.projects = new Projects(this.texts, plugins);
  }

  /** `undefined` where there is nothing to read. */
  async view(path: string): Promise<View | undefined> {
    const project = this.projects.of(path);
    await project.ready;
    const program = await load(project.shown(path), project.host, SILENT);
    if (program === undefined) {
      this.#views.delete(path);
      return undefined;
    }
    const known = this.#views.get(path);
    if (known !== undefined && known.project === project && sameTrees(known.program, program)) return known;
    const view = this.#read(path, project, program);
    this.#views.delete(path);
    this.#views.set(path, view);
    this.#bound();
    return view;
  }

  async analysis(path: string): Promise<Analysis | undefined> {
    const view = await this.view(path);
    if (view === undefined) {
      this.#analyses.delete(path);
      return undefined;
    }
    const known = this.#analyses.get(path);
    if (known?.view === view) return await known.analysis;
    const analysis = this.#analyse(view);
    this.#analyses.set(path, { view, analysis });
    return await analysis;
  }

  /** What is kept of a document that was closed. */
  forget(path: string): void {
    this.#views.delete(path);
    this.#analyses.delete(path);
    this.reports.delete(path);
  }

  /** Views of files that are not open are kept for a while only. */
  #bound(): void {
    for (const path of this.#views.keys()) {
      if (this.#views.size <= KEPT + this.texts.paths.length) return;
      if (!this.texts.isOpen(path)) this.forget(path);
    }
  }

  #read(path: string, project: Project, program: Program): View {
    const file = program.root;
    const scopes = bind(program, SILENT);
    const scope = scopes.get(file) ?? { file, own: new Map(), names: new Map() };
    let names: FileNames | undefined;
    const document = this.texts.document(path, file.text);
    const { catalog = BUILTIN } = project.host;
    return {
      ...{ path, project, catalog, program, file, scopes, scope, document },
      get names() {
        names ??= fileNames(file, scopes, catalog);
        return names;
      },
    };
  }

  async #analyse(view: View): Promise<Analysis> {
    const { project, program } = view;
    const { result, inspection } = await inspect(program.root.path, project.host);
    return { view, result, inspection };
  }

  /** A document for any file of a project: to turn offsets in it to positions. */
  documentOf(view: View, shown: string): TextDocument {
    if (shown === view.file.path) return view.document;
    const file = view.program.files.find((each) => each.path === shown);
    return this.texts.document(view.project.absolute(shown), file?.text ?? "");
  }
}

/** Trees are the same objects as long as the text is the same; a file gone missing makes another list. */
function sameTrees(a: Program, b: Program): boolean {
  return (
    a.files.length === b.files.length &&
    a.files.every((file, index) => {
      const other = b.files[index];
      return file.path === other?.path && file.syntax === other.syntax && sameImports(file, other);
    })
  );
}

function sameImports(a: LoadedFile, b: LoadedFile): boolean {
  return a.imports.every((each, index) => each.file?.path === b.imports[index]?.file?.path);
}
