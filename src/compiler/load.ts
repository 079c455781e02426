/** Reads a study and everything it imports, through the host. Every file is read and parsed once. */

import { parse } from "../../grammar/parse.js";
import type { ImportItem, ParseResult, SourceFile, Span } from "../../grammar/syntax.js";
import type { DiagnosticSink, Location } from "./diagnostics.js";
import type { CompilerHost, Encoding, ReadFailure } from "./host.js";
import { diagnostic } from "./messages.js";
import { syntaxDiagnostic } from "./syntax-report.js";

/** Study files are written by people; what is larger than this is something else. */
export const MAX_FILE_LENGTH = 2 * 1024 * 1024;
const MAX_FILES = 1000;

export interface LoadedFile {
  readonly path: string;
  readonly text: string;
  readonly syntax: SourceFile;
  readonly comments: ParseResult["comments"];
  readonly problems: ParseResult["problems"];
  readonly imports: readonly LoadedImport[];
}
export interface LoadedImport {
  readonly item: ImportItem;
  /** Absent where it could not be read; already reported. */
  readonly file: LoadedFile | undefined;
}
export interface Program {
  readonly root: LoadedFile;
  /** The root first, then in order of reading. */
  readonly files: readonly LoadedFile[];
}

interface Loading {
  readonly file: LoadedFile;
  readonly imports: LoadedImport[];
}

/** `undefined` where the study itself cannot be read; what is wrong is in the sink. */
export async function load(path: string, host: CompilerHost, sink: DiagnosticSink): Promise<Program | undefined> {
  const loader = new Loader(host, sink);
  const root = await loader.file(path, { path, span: { start: 0, end: 0 } }, []);
  return root && { root, files: loader.files };
}

class Loader {
  readonly files: LoadedFile[] = [];
  readonly #byPath = new Map<string, Loading | undefined>();

  constructor(
    readonly host: CompilerHost,
    readonly sink: DiagnosticSink,
  ) {}

  async file(path: string, from: Location, stack: readonly string[]): Promise<LoadedFile | undefined> {
    if (this.#byPath.has(path)) {
      return this.#byPath.get(path)?.file;
    }
    if (this.files.length >= MAX_FILES) {
      this.sink.report(diagnostic("too-many-files", { limit: MAX_FILES }, from));
      return undefined;
    }
    const text = await this.#read(path, from);
    if (text === undefined) {
      this.#byPath.set(path, undefined);
      return undefined;
    }
    const result = this.host.parse?.(path, text) ?? parse(text);
    // nothing else of a file of another format is a slip
    const foreign = result.problems.find(
      ({ id, details }) => id === "merge-conflict" || (id === "foreign-format" && details.format === "JSON"),
    );
    for (const problem of foreign === undefined ? result.problems : [foreign]) {
      this.sink.report(syntaxDiagnostic(problem, path, text));
    }
    const imports: LoadedImport[] = [];
    const file: LoadedFile = {
      path,
      text,
      syntax: result.file,
      comments: result.comments,
      problems: result.problems,
      imports,
    };
    this.#byPath.set(path, { file, imports });
    this.files.push(file);
    for (const item of file.syntax.items) {
      if (item.kind === "import") {
        imports.push({ item, file: await this.#import(item, path, [...stack, path]) });
      }
    }
    return file;
  }

  async #import(item: ImportItem, path: string, stack: readonly string[]): Promise<LoadedFile | undefined> {
    const location = { path, span: item.from.span };
    if (item.from.value === "") {
      return undefined;
    }
    const resolved = this.host.resolveImport(path, item.from.value);
    if ("problem" in resolved) {
      this.sink.report(diagnostic("import-refused", { file: item.from.value, problem: resolved.problem }, location));
      return undefined;
    }
    const cycle = stack.indexOf(resolved.path);
    if (cycle >= 0) {
      const chain = [...stack.slice(cycle), resolved.path].map((each) => each.split("/").pop()).join(" → ");
      this.sink.report(diagnostic("import-cycle", { chain }, location));
    }
    return await this.file(resolved.path, location, stack);
  }

  async #read(path: string, from: Location): Promise<string | undefined> {
    const result = await this.host.read(path);
    const failure = result.ok ? failureOf(result.text) : result;
    if (failure !== undefined) {
      this.sink.report(readProblem(failure, path, from));
    }
    return result.ok && failure === undefined ? result.text : undefined;
  }
}

function failureOf(text: string): ReadFailure | undefined {
  if (text.length > MAX_FILE_LENGTH) {
    return { ok: false, problem: "too-large" };
  }
  return text.includes("\u0000") ? { ok: false, problem: "binary" } : undefined;
}

function readProblem(failure: ReadFailure, file: string, location: Location) {
  switch (failure.problem) {
    case "missing":
      return diagnostic("file-missing", { file }, location);
    case "unreadable":
      return diagnostic("file-unreadable", { file }, location);
    case "directory":
      return diagnostic("file-is-directory", { file }, location);
    case "binary":
      return diagnostic("file-binary", { file }, location);
    case "encoding":
      return diagnostic(
        "file-encoding",
        { file, encoding: ENCODINGS[failure.encoding], converter: CONVERTERS[failure.encoding] },
        location,
      );
    case "too-large":
      return diagnostic("file-too-large", { file, limit: "2 MB" }, location);
    default:
      return failure satisfies never;
  }
}

const ENCODINGS = {
  "UTF-16 LE": "UTF-16",
  "UTF-16 BE": "UTF-16",
  "Latin-1": "Latin-1 or Windows-1252",
} as const satisfies Record<Encoding, string>;

/** As iconv calls them. */
const CONVERTERS = {
  "UTF-16 LE": "UTF-16LE",
  "UTF-16 BE": "UTF-16BE",
  "Latin-1": "WINDOWS-1252",
} as const satisfies Record<Encoding, string>;

/** Whether the parser stepped over something in there: what seems missing may be what it could not read. */
export function isBroken(file: LoadedFile, span: Span): boolean {
  return file.problems.some((problem) => problem.span.start >= span.start && problem.span.start <= span.end);
}

export function at(file: { readonly path: string }, span: Span): Location {
  return { path: file.path, span };
}
