/** Where a study says what changed: the line of a setting, of a model, of the seed; or the override in its place. */

import type { Location } from "../../diagnostics.js";
import type { Cell } from "../../study.js";
import { Lines, type SourceFiles } from "../lines.js";
import { settingOf, studyWords } from "../words.js";
import type { RecordedNode, SourceLine } from "./recorded.js";

export interface Place {
  readonly line?: number;
  readonly file?: string;
  readonly override?: string;
}

export interface Places {
  /** @param path dotted, into the node's parameters */
  of(node: RecordedNode, path: string): Place;
}

export interface StudyText {
  readonly files: SourceFiles;
  /** `finetune.for = 4 steps`, of a profile or `--set`. */
  readonly overrides: readonly string[];
  /** By id; without, a model's place is not known. */
  readonly cells: ReadonlyMap<string, PlacedCell>;
}

type PlacedCell = Pick<Cell, "id" | "model" | "source" | "location">;

export function placesIn({ files, overrides, cells }: StudyText): Places {
  const lines = new Lines(files);
  const seedLine = lineOfSeed(files);
  const overrideOf = (setting: string, node: RecordedNode) =>
    overrides.find((text) => {
      const [owner, name] = pathOf(text).slice(-2);
      if (name === undefined) return owner === setting;
      return (
        name === setting &&
        lines
          .textAt(node.source)
          .split(/\W+/)
          .includes(owner ?? "")
      );
    });
  const at = (place: SourceLine | undefined, node: RecordedNode): Place => {
    if (!place) return {};
    return place.path === node.source.path ? { line: place.line } : { line: place.line, file: place.path };
  };
  const declared = (location: Location | undefined, node: RecordedNode): Place =>
    at(location && { path: location.path, line: lines.lineOf(location) }, node);
  return {
    of(node, path) {
      const setting = settingOf(path);
      const override = overrideOf(setting ?? pathOf(path).at(-1) ?? "", node);
      if (override !== undefined) return { override };
      if (/(^|\.)seed$/.test(path)) return at(seedLine, node);
      const cell = cells.get(node.cells[0] ?? "");
      if (path.startsWith("model.")) return declared(cell?.model.location, node);
      if (path.startsWith("views.")) {
        const word = studyWords(path, node.params);
        const override = overrides.find((text) => {
          const [owner, name] = pathOf(text).slice(-2);
          return name === word && cell?.id.startsWith(owner ?? "");
        });
        return override === undefined ? at(cell && viewPlace(cell, node, word, lines), node) : { override };
      }
      if (path.startsWith("input.")) return at(cell && inputPlace(cell, node, path, lines), node);
      const line = setting === undefined ? undefined : lines.lineOfSetting(node.source, setting);
      return at({ path: node.source.path, line: line ?? node.source.line }, node);
    },
  };
}

/** Where an experiment, or the source a node pretrains, says what it reads. */
function inputPlace(cell: PlacedCell, node: RecordedNode, path: string, lines: Lines): SourceLine {
  const { source, location, id } = cell;
  const own = node.label.includes(id) || source?.kind !== "pretrain" ? location : source.pretrain.location;
  const from = { path: own.path, line: lines.lineOf(own) };
  const setting = path.startsWith("input.state") ? "source" : "target";
  return { path: from.path, line: lines.lineOfSetting(from, setting) ?? from.line };
}

/** The line of `folds` or `labels` in the experiment; where it has none, the data set's own. */
function viewPlace(cell: PlacedCell, node: RecordedNode, word: string, lines: Lines): SourceLine {
  const from = { path: cell.location.path, line: lines.lineOf(cell.location) };
  const line = lines.lineOfSetting(from, word);
  return line === undefined ? node.source : { path: from.path, line };
}

/** `finetune.for = 4 steps` → finetune, for. */
function pathOf(text: string): readonly string[] {
  return (text.split("=", 1)[0] ?? "").trim().split(".");
}

/** Of the study's own file, which comes first. */
function lineOfSeed([file]: SourceFiles): SourceLine | undefined {
  const head = file && /^[ \t]*study\b[^{]*\{[^}]*?\bseed\b/m.exec(file.text);
  if (!file || !head) return undefined;
  return { path: file.path, line: file.text.slice(0, head.index + head[0].length).split("\n").length };
}
