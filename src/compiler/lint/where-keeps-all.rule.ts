import { alwaysHolds, declaredClasses } from "../check/case-truth.js";
import type { Location } from "../diagnostics.js";
import type { DatasetFacts, Fact } from "../host.js";
import { diagnostic } from "../messages.js";
import type { DatasetSpec } from "../study.js";
import type { FactRule } from "./rule.js";

interface Restriction {
  readonly location: Location;
  readonly dataset: string;
  /** Of every data set that is made there: one line may be many, along an axis. */
  idle: boolean;
}

/** Who reads `where age >= 18` believes that there were children to leave out. */
export const whereKeepsAll: FactRule = {
  name: "where-keeps-all",
  why: "A condition on cases that leaves none out is mostly a mistake: a threshold in another unit, a value that is written otherwise in the data, a column that was filtered before. What is reported as a cohort of selected cases is then the whole data set. The rule looks at every `where` of a data set whose cases are known, here or from a lock, and at those that ask for classes the declaration lists; a `where` along an axis is told of only where it leaves nothing out at any point.",
  references: [
    "von Elm et al. (2007). The Strengthening the Reporting of Observational Studies in Epidemiology (STROBE) statement: guidelines for reporting observational studies. The Lancet 370.",
  ],
  check(study, { datasets }) {
    // in a study that is cut down to be tried it may well leave nothing out
    if (study.overrides.length > 0) return [];
    const found = new Map<string, Restriction>();
    for (const [spec, fact] of datasets) {
      const idle = idleIn(spec, fact);
      for (const [place, location] of (spec.restrictions ?? []).entries()) {
        const key = JSON.stringify(location);
        const known = found.get(key) ?? { location, dataset: spec.files ?? spec.name, idle: true };
        known.idle &&= idle.has(place);
        found.set(key, known);
      }
    }
    return [...found.values()].flatMap(({ location, dataset, idle }) =>
      idle ? [diagnostic("where-keeps-all", { dataset }, location)] : [],
    );
  },
};

function idleIn({ adapter, views = [] }: DatasetSpec, fact: Fact<DatasetFacts>): ReadonlySet<number> {
  if (fact.status === "known") return new Set(fact.facts.idle);
  const classes = declaredClasses(adapter);
  const wheres = views.flatMap((view) => (view.kind === "where" ? [view.condition] : []));
  return new Set(wheres.flatMap((condition, place) => (alwaysHolds(condition, classes) ? [place] : [])));
}
