/** `xferc data`. */

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { counted } from "../../compiler/counted.js";
import { hasErrors } from "../../compiler/diagnostics.js";
import { whereKeepsAll } from "../../compiler/lint/where-keeps-all.rule.js";
import { collectFacts, makeLock, resourcesOf, type StudyFacts } from "../../compiler/plan/index.js";
import type { CheckedStudy, DatasetSpec } from "../../compiler/study.js";
import { nearest } from "../../compiler/suggest.js";
import { caseList, DataError, type DataReport, dataReport } from "../../runtime/data/index.js";
import { packageVersion, UsageError } from "../../runtime/host/index.js";
import { checkDataNames } from "../../runtime/run/data-names.js";
import { keepLock } from "../../runtime/run/lock-file.js";
import { type OpenStudy, openStudy } from "../../runtime/run/open.js";
import { figure } from "../../runtime/ui/format.js";
import { whileBusy } from "../busy.js";
import { showDiagnostics } from "../diagnostics.js";
import { complain, EXIT, type ExitCode, type Io, print } from "../io.js";
import type { StudyFlags } from "../study-options.js";
import { studyOptions } from "../study-options.js";

export interface DataFlags extends StudyFlags {
  readonly format: "text" | "json";
  readonly ids?: string;
}

type Looked =
  | { readonly ok: true; readonly report: DataReport }
  | { readonly ok: false; readonly name: string; readonly problem: string };

export async function dataCommand(io: Io, file: string, names: readonly string[], flags: DataFlags): Promise<ExitCode> {
  const open = await openStudy(studyOptions(io, file, flags));
  const { study, diagnostics } = open.compilation;
  if (study === undefined || hasErrors(diagnostics)) {
    showDiagnostics(io, diagnostics, open.compilation);
    return EXIT.study;
  }
  checkDataNames([open]);
  const specs = chosen([...resourcesOf(study).datasets], names);
  if (flags.ids !== undefined) return writeIds(io, open, specs, flags.ids);
  const looked = await whileBusy(io, "reading data", async (busy) => {
    const found: Looked[] = [];
    for (const [index, spec] of specs.entries()) {
      busy.at(`reading ${spec.name}${specs.length > 1 ? ` (${index + 1} of ${specs.length})` : ""}`);
      found.push(await look(open, spec));
    }
    return found;
  });
  if (flags.format === "json") print(io, JSON.stringify({ datasets: looked.map(asJson) }, null, 2));
  else print(io, looked.map(asText).join("\n\n"));
  const facts = await whileBusy(io, "writing the lock", () => collectFacts(study, open.host));
  await open.facts.save();
  tellIdle(io, open, study, { ...facts, datasets: ofSpecs(facts.datasets, specs) });
  const { selection } = open;
  const lock = makeLock({ study, facts, xferc: packageVersion(), engine: null, selection });
  const kept = keepLock(lock, open.place);
  if (kept.status === "refused") complain(io, `xferc: ${kept.path} could not be written: ${kept.reason}`);
  return looked.every(isUsable) ? EXIT.success : EXIT.study;
}

/** Conditions that leave out no case, where they are written. */
function tellIdle(io: Io, open: OpenStudy, study: CheckedStudy, facts: StudyFacts): void {
  const { compilation } = open;
  const idle = compilation.planned(whereKeepsAll.check(study, facts), "some");
  if (idle.length > 0) showDiagnostics(io, idle, compilation);
}

function ofSpecs(facts: StudyFacts["datasets"], specs: readonly DatasetSpec[]): StudyFacts["datasets"] {
  const names = new Set(specs.map(({ name }) => name));
  return new Map([...facts].filter(([spec]) => names.has((spec.base ?? spec).name)));
}

/** Nothing but that: ids may be patients', and stand where they were asked for. */
async function writeIds(io: Io, open: OpenStudy, specs: readonly DatasetSpec[], file: string): Promise<ExitCode> {
  const [spec, ...others] = specs;
  if (spec === undefined || others.length > 0) {
    const names = specs.map(({ name }) => name).join(", ");
    throw new UsageError("--ids is of one dataset", `name it before; this study uses ${names || "none"}`);
  }
  try {
    const { text, cases } = await caseList(spec, open.host.locate(spec), open.plugins);
    writeFileSync(resolve(io.cwd, file), text);
    print(io, `${spec.name}: ${counted(cases, "case")} in ${file}`);
    return EXIT.success;
  } catch (error) {
    if (error instanceof DataError) {
      complain(io, `xferc: ${spec.name}: ${error.message}`);
      return EXIT.study;
    }
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new UsageError(`${file} could not be written: ${error.message}`, "choose a place that can be written to");
  }
}

/** One spec a name, in the study's order. @throws UsageError where a name is not one of the study's. */
function chosen(specs: readonly DatasetSpec[], names: readonly string[]): readonly DatasetSpec[] {
  const byName = new Map(specs.map(({ base, ...spec }) => [spec.name, base ?? spec]));
  for (const name of names) {
    if (byName.has(name)) continue;
    const meant = nearest(name, byName.keys());
    const hint = meant === undefined ? `it uses ${[...byName.keys()].join(", ")}` : `did you mean ${meant}?`;
    throw new UsageError(`this study uses no dataset ${name}`, hint);
  }
  return [...byName.values()].filter(({ name }) => names.length === 0 || names.includes(name));
}

async function look(open: OpenStudy, spec: DatasetSpec): Promise<Looked> {
  try {
    return { ok: true, report: await dataReport(spec, open.host.locate(spec), { plugins: open.plugins }) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { ok: false, name: spec.name, problem: error.message };
  }
}

function isUsable(looked: Looked): boolean {
  return looked.ok && looked.report.refused.length === 0;
}

function asJson(looked: Looked): object {
  return looked.ok ? looked.report : { name: looked.name, problem: looked.problem };
}

const LISTED = 5;

function asText(looked: Looked): string {
  if (!looked.ok) return `${looked.name}: ${looked.problem}`;
  const { report } = looked;
  const lines = [
    `${report.name}: ${report.task}, ${counted(report.classes.length, "class", "classes")}, ${counted(report.channels, "channel")}`,
    `  classes  ${report.classes.join(", ")}${report.task === "binary" ? ` (${report.classes[1]} is positive)` : ""}`,
  ];
  for (const { split, images, perClass, groups } of report.splits) {
    const grouped = groups === undefined ? "" : ` from ${counted(groups, "group")}`;
    lines.push(`  ${split.padEnd(8)} ${counted(images, "image")}${grouped}; a class: ${perClass.join(" ")}`);
  }
  lines.push(...columnLines(report), ...untrainedLines(report), pixelLine(report), ...channelLines(report));
  lines.push(...duplicateLines(report));
  const lost = [...report.rejected, ...report.damaged].filter(({ id }) => id !== undefined);
  lines.push(
    ...problemLines(lost, "case", report.reject.kind === "skip" ? "left out" : "cannot be used; a run stops there"),
    ...problemLines(
      report.rejected.filter(({ id }) => id === undefined),
      "file",
      "of no case",
    ),
    ...report.refused.map((why) => `  not used as it is: ${why}`),
  );
  return lines.map(printable).join("\n");
}

function untrainedLines({ splits, classes }: DataReport): string[] {
  const train = splits.find(({ split }) => split === "train");
  const without = train === undefined ? [] : classes.filter((_, i) => train.perClass[i] === 0);
  return without.length === 0 ? [] : [`  no training image of ${without.join(", ")}`];
}

function pixelLine({ statistics }: DataReport): string {
  if (statistics === null) return "  pixels   there is no training image that can be read";
  const { mean, std, size } = statistics;
  const numbers = `mean ${mean.map(figure).join(" ")}, std ${std.map(figure).join(" ")}`;
  return `  pixels   ${numbers} (training images at ${size} px)`;
}

/** Names of files and classes come from whoever made the data: none of them writes to the terminal but text. */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function duplicateLines({ duplicates }: DataReport): string[] {
  if (duplicates.length === 0) return ["  no two images are the same"];
  const across = duplicates.filter((one) => one.across);
  const head = `  ${counted(duplicates.length, "image")} in more than one place, ${across.length} of them across splits`;
  return [head, ...duplicates.slice(0, LISTED).map(({ ids }) => `    ${ids.join(" = ")}`)];
}

function problemLines(problems: DataReport["rejected"], noun: string, what: string): string[] {
  if (problems.length === 0) return [];
  const shown = problems.slice(0, LISTED).map(({ path, reason, remedy }) => `    ${path} ${reason} (${remedy})`);
  const more = problems.length > LISTED ? [`    and ${problems.length - LISTED} more (--format json has all)`] : [];
  return [`  ${counted(problems.length, noun)} ${what}`, ...shown, ...more];
}

function columnLines({ columns, groupedBy }: DataReport): string[] {
  const about = columns.map(({ name, type }) => `${name} (${type})`);
  return [
    ...(groupedBy === null ? [] : [`  groups   ${groupedBy}`]),
    ...(about.length === 0 ? [] : [`  columns  ${about.join(", ")}`]),
  ];
}

function channelLines({ decodedChannels, channels, unlike = [] }: DataReport): string[] {
  const kinds = Object.entries(decodedChannels);
  if (kinds.length < 2) return [];
  const counts = kinds.map(([kind, images]) => `${images} ${kind === "1" ? "grey" : "in colour"}`).join(", ");
  const remedy = channels === 1 ? "" : " (`with grayscale()` makes all of them grey)";
  const shown = unlike.slice(0, LISTED).map((id) => `    ${id} is not like most`);
  const more = unlike.length > LISTED ? [`    and ${unlike.length - LISTED} more (--format json has all)`] : [];
  return [`  mixed    ${counts}: all are prepared with ${counted(channels, "channel")}${remedy}`, ...shown, ...more];
}
