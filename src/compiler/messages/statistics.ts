/** XF0385–XF0394, XF0985: correlation, regression, label equivalence and bootstrap in a derive. */

import { defineMessages } from "./define.js";

export const STATISTICS = defineMessages({
  "statistic-sides": {
    code: "XF0385",
    severity: "error",
    message: "`{name}` takes {wants}, not {count}",
    label: "numbers that have no name",
    hint: "write `{example}`",
  },
  "statistic-argument": {
    code: "XF0386",
    severity: "error",
    message: "`{name}` {how} `{argument}:`",
    label: "not wanted here",
    hint: "{hint}",
  },
  "statistic-without": {
    code: "XF0387",
    severity: "error",
    message: "`{name}` does not say {what}",
    label: "`{argument}:` is missing",
    note: "{note}",
    hint: "{hint}",
  },
  "statistic-method": {
    code: "XF0388",
    severity: "error",
    message: "there is no correlation `{method}`",
    label: "a way to correlate is wanted here",
    hint: "{hint}",
  },
  "statistic-interval": {
    code: "XF0389",
    severity: "error",
    message: "`{written}` is no interval of a derive",
    label: "how the interval is found",
    hint: "write `bootstrap(2000)` to draw single points again, `bootstrap(2000, by: target)` for whole targets; 100 to 1,000,000 resamples",
  },
  "statistic-axis-elsewhere": {
    code: "XF0390",
    severity: "error",
    message: "`{axis}` is not among what `{name}` runs over",
    label: "the same in every row",
    hint: "write it among `over: [{over}]`, or take it out here",
  },
  "statistic-few-points": {
    code: "XF0391",
    severity: "error",
    message: "`{name}` over {over} has {count}, and needs at least {least}",
    label: "too few points for a number",
    hint: "run it over more axes, or vary more points of these",
  },
  "regression-term": {
    code: "XF0392",
    severity: "error",
    message: "`{term}` cannot be a term of this regression",
    label: "{why}",
    hint: "a term is a number (`log(target.size)`), an axis that the rows run over (`model`), or their product (`log(target.size) * model`)",
  },
  "bootstrap-unit": {
    code: "XF0394",
    severity: "error",
    message: "`{unit}` cannot be drawn again",
    label: "{why}",
    hint: "{hint}",
  },
  "bootstrap-of-few": {
    code: "XF0985",
    severity: "warning",
    message: "percentiles of {count} drawn again are too narrow",
    label: "few to draw from",
    note: "Of five repeats, such an interval holds the truth some 83 times in 100, not 95.",
    hint: "draw from more of them; over repeats leave `bootstrap` away, for the jackknife's interval knows how few they are",
  },
  "along-no-labels": {
    code: "XF0393",
    severity: "error",
    message: "`{axis}` is no number of labels that both sides run along",
    label: "{why}",
    hint: "vary it in the experiment (`vary share in [1%, 10%, 100%]`, `labels share`) and leave it whole in the second side",
  },
});
