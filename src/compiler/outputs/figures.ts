/** `figure f from x { line { … } }` and `figure f { line from x { … }; star from y { … }; facet a, b }`. */

import type { Setting } from "../../../grammar/syntax.js";
import type { Axis } from "../study.js";
import { unionAxes } from "./axes.js";
import { scalesAgree, scalesFit, trendFits } from "./channel-kinds.js";
import { type CheckedLayer, readLayer } from "./layers.js";
import { locationOf, type Names, type Scope, type SlicedTable, scopeAxes } from "./scope.js";
import { oneWord, readAxes, readFrom, readSettings, type Settings } from "./settings.js";
import type { OutputDeclaration } from "./signature.js";
import { CHANNELS, type FigureSpec, type LayerSpec, MARKS } from "./types.js";

const SETTINGS = { once: ["facet", "trend"], many: [...MARKS, "scale"] };

export function checkFigure(names: Names, { declaration, path }: OutputDeclaration): FigureSpec | undefined {
  const name = declaration.name.text;
  const shared = readFrom(names, path, declaration.from);
  const settings = readSettings(names, { path }, "a figure", declaration.body, SETTINGS);
  const marks = settings.all(MARKS);
  if (marks.length === 0) {
    if (settings.complete) {
      names.report({ path }, declaration.name, "figure-without-mark", { name });
    }
    return undefined;
  }
  if (shared === undefined) {
    return undefined;
  }
  const sources = marks.map((mark) => layerSources(names, path, mark, shared));
  const facet = readFacet(
    names,
    path,
    settings.one("facet"),
    sources.flatMap((tables) => tables ?? []),
  );
  const trend = readTrend(names, path, settings);
  const layers = marks.map((mark, index) => {
    const from = sources[index];
    const scope: Scope | undefined = from && { path, from, columns: from, axes: scopeAxes(from) };
    return scope && facet && readLayer(names, scope, mark, facet, trend);
  });
  const checked = layers.flatMap((layer) => (layer === undefined ? [] : [layer]));
  const scales = readScales(names, path, settings);
  if (checked.length !== marks.length || facet === undefined || !estimatorsAgree(names, path, checked)) {
    return undefined;
  }
  const specs = checked.map((layer) => layer.spec);
  const fits = scalesAgree(names, path, checked) && scalesFit(names, path, settings, scales, specs);
  if (!fits || !checked.every((layer) => trendFits(names, path, layer))) {
    return undefined;
  }
  return {
    name,
    layers: specs,
    facet,
    scales,
    location: locationOf({ path }, declaration.name),
  };
}

function layerSources(
  names: Names,
  path: string,
  mark: Setting,
  shared: readonly SlicedTable[],
): readonly SlicedTable[] | undefined {
  const own = mark.clauses.flatMap((clause) => (clause.preposition === "from" ? clause.values : []));
  if (own.length > 0) {
    return readFrom(names, path, own);
  }
  if (shared.length === 0) {
    names.report({ path }, mark.name, "nothing-to-show-from", {
      name: mark.name.text,
      example: `${mark.name.text} from main { … }`,
    });
    return undefined;
  }
  return shared;
}

function readFacet(
  names: Names,
  path: string,
  setting: Setting | undefined,
  from: readonly SlicedTable[],
): readonly Axis[] | undefined {
  if (setting === undefined) {
    return [];
  }
  const scope: Scope = { path, from, columns: [], axes: unionAxes(scopeAxes(from)) };
  const facet = readAxes(
    names,
    scope,
    setting.args.map((argument) => argument.value),
  );
  if (facet !== undefined && facet.length > 2) {
    names.report(scope, setting, "too-many-facets", { count: facet.length });
    return undefined;
  }
  return facet;
}

function readTrend(names: Names, path: string, settings: Settings): LayerSpec["trend"] {
  const setting = settings.one("trend");
  return (setting && oneWord(names, { path }, setting, ["linear", "none"] as const)) ?? "none";
}

function readScales(names: Names, path: string, settings: Settings): FigureSpec["scales"] {
  const scales: Record<string, "linear" | "log"> = {};
  for (const setting of settings.all(["scale"])) {
    for (const argument of setting.args) {
      const channel = argument.name?.text ?? "";
      const word = argument.value.kind === "name" ? argument.value.text : "";
      if (!CHANNELS.some((each) => each === channel) || (word !== "log" && word !== "linear")) {
        names.report({ path }, argument, "scale-wanted", {});
      } else {
        scales[channel] = word;
      }
    }
  }
  return scales;
}

/** Two estimators of one metric never share a scale. */
function estimatorsAgree(names: Names, path: string, layers: readonly CheckedLayer[]): boolean {
  const seen = new Map<string, string>();
  for (const layer of layers) {
    for (const { channel, metric, estimator } of layer.measured) {
      const key = `${channel} ${metric}`;
      const before = seen.get(key);
      if (before !== undefined && before !== estimator) {
        names.report({ path }, layer.at, "estimators-mixed", { metric, first: before, second: estimator });
        return false;
      }
      seen.set(key, estimator);
    }
  }
  return true;
}
