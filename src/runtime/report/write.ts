/** Writes a run folder's results, tables, figures and report; and writes them again from what is kept. */

import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LOCK_FILE, type Lock, readLock } from "../../compiler/plan/index.js";
import { portableNames } from "../host/file-names.js";
import type { ResultSet } from "../results/dataset.js";
import { resultFiles, withDerived } from "../results/files.js";
import { insist } from "../store/held.js";
import { roCrate } from "./crate.js";
import { decodeReportData, encodeReportData, type ReportData, ReportDataError } from "./data.js";
import { darkStyle } from "./figures/dark.js";
import { figureData } from "./figures/data.js";
import { vegaLiteSpec } from "./figures/spec.js";
import { renderSvg } from "./figures/svg.js";
import { altText, captionText, unreachedText } from "./figures/words.js";
import { gatherReport } from "./gather.js";
import { type FigureView, reportPage } from "./page/page.js";
import { tableHtml } from "./page/table-file.js";
import { readSamples, type Samples } from "./samples.js";
import { tableCsv, tableLatex, tableMarkdown } from "./tables/files.js";
import { looseDerives } from "./tables/loose.js";
import { viewTable } from "./tables/view.js";
import { trialsCsv } from "./trials.js";
import type { ReportInput, WrittenReport } from "./types.js";
import { watermarkOf } from "./watermark.js";

const DATA_FILE = "report/data.json";
const PAGE_FILE = "report/index.html";

type Files = Map<string, string | Uint8Array>;

/** What every reader of the run sees, from its plan and nodes. Replaces what an earlier report left there. */
export async function writeReport(runFolder: string, input: ReportInput, samples?: Samples): Promise<WrittenReport> {
  return writeFiles(runFolder, gatherReport(input), samples);
}

/** `xferc report RUN`: the same files again, from `report/data.json`. Throws a {@link ReportDataError} where it is missing. */
export async function rebuildReport(runFolder: string, samples?: Samples): Promise<WrittenReport> {
  let text: string;
  try {
    text = await readFile(join(runFolder, DATA_FILE), "utf8");
  } catch {
    throw new ReportDataError(`there is no ${DATA_FILE} in this folder; is it a run folder, and did the run finish?`);
  }
  return writeFiles(runFolder, decodeReportData(text), samples);
}

async function writeFiles(runFolder: string, data: ReportData, samples: Samples = "counted"): Promise<WrittenReport> {
  // in the page alone: what is made again without being asked for names has none
  const named = samples === "named" ? await readSamples(runFolder) : [];
  const results = withDerived(data.outline, data.rows);
  const files: Files = new Map(resultFiles(results));
  const watermark = watermarkOf(data);
  const views = data.tables.map((spec) => viewTable(spec, results));
  const names = portableNames(
    views.map(({ name }) => safeName(name)),
    ["trials"],
  );
  const tables = views.map((view) => ({ ...view, file: names.get(safeName(view.name)) ?? view.name }));
  for (const view of tables) {
    const base = `tables/${view.file}`;
    files.set(`${base}.csv`, tableCsv(view));
    files.set(`${base}.md`, tableMarkdown(view, watermark));
    files.set(`${base}.tex`, tableLatex(view, watermark));
    files.set(`${base}.html`, tableHtml(view, watermark));
  }
  if (data.trials !== undefined) files.set("tables/trials.csv", trialsCsv(data.trials));
  const derived = looseDerives(data).map((spec) => viewTable(spec, results));
  const figures = await drawFigures(data, results, watermark, files);
  files.set(DATA_FILE, encodeReportData(data));
  files.set(PAGE_FILE, reportPage({ data, tables, derived, figures, watermark, named }));
  for (const [path, content] of files) {
    await publish(join(runFolder, path), content);
  }
  const facts = { files: await listFolder(runFolder), lock: await lockIn(runFolder) };
  await publish(join(runFolder, "ro-crate-metadata.json"), roCrate(data, facts));
  return {
    path: join(runFolder, PAGE_FILE),
    files: [...files.keys(), "ro-crate-metadata.json"],
    rows: results.rows.length,
    failedRows: results.rows.filter((row) => row.status === "failed").length,
  };
}

async function drawFigures(
  data: ReportData,
  results: ResultSet,
  watermark: string | null,
  files: Files,
): Promise<readonly FigureView[]> {
  const views: FigureView[] = [];
  const names = portableNames(data.figures.map(({ name }) => safeName(name)));
  for (const figure of data.figures) {
    const drawn = figureData(figure, results);
    const file = names.get(safeName(figure.name)) ?? figure.name;
    const shared = {
      name: figure.name,
      file,
      alt: altText(figure, drawn, results),
      caption: captionText(figure, results),
      dropped: drawn.dropped,
      unlogged: drawn.unlogged.marks,
    };
    if (drawn.values.length === 0) {
      views.push({ ...shared, svg: null, style: null, unreached: unreachedText(drawn) });
      continue;
    }
    const spec = vegaLiteSpec({ figure, data: drawn, results }, watermark);
    const svg = await renderSvg(spec, figure.name);
    const base = `figures/${file}`;
    files.set(`${base}.vl.json`, `${JSON.stringify(spec, null, 2)}\n`);
    files.set(`${base}.svg`, svg);
    views.push({ ...shared, svg, style: darkStyle(figure.name, spec), unreached: "" });
  }
  return views;
}

/** Names are identifiers already; this holds for a data file someone edited, too. */
function safeName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 100) || "_";
}

/** Whole or not at all: a reader never sees half a file. */
async function publish(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.partial`;
  await writeFile(temporary, content);
  await insist(() => rename(temporary, path));
}

async function lockIn(folder: string): Promise<Lock | undefined> {
  const text = await readFile(join(folder, LOCK_FILE), "utf8").catch(() => "");
  const read = readLock(text);
  return read.ok ? read.lock : undefined;
}

/** Files of the run folder, relative, sorted; the crate's own file and leftovers apart. */
async function listFolder(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  const files: string[] = [];
  for (const name of names) {
    const path = name.split("\\").join("/");
    const info = await stat(join(folder, name));
    if (info.isFile() && path !== "ro-crate-metadata.json" && !path.endsWith(".partial")) {
      files.push(path);
    }
  }
  return files.sort();
}
