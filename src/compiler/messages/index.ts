/**
 * The one catalogue of messages. To add one: write it in the file of its area (or add a file and one line below).
 *
 *     files XF00xx · syntax XF01xx · names, values, units XF02xx · outputs XF03xx · experiments XF04xx (from XF0430: what
 *     needs the data or the models) · declarations XF05xx · profiles and --set XF06xx · lint XF09xx
 *
 * Report it with `diagnostic("axis-not-placed", { what: "test", … }, location, { related, fixes })`.
 */

import type { Diagnostic, Fix, Location, Related, Severity } from "../diagnostics.js";
import { AXES } from "./axes.js";
import { CASES } from "./cases.js";
import { CHANNEL_KINDS } from "./channels.js";
import { DECLARATIONS } from "./declarations.js";
import { fill, type MessageDefinition, type MessageParameters } from "./define.js";
import { EXPERIMENTS } from "./experiments.js";
import { FILES } from "./files.js";
import { LINT } from "./lint.js";
import { MODEL_CHANGES } from "./models.js";
import { NAMES } from "./names.js";
import { OUTPUTS } from "./outputs.js";
import { OVERRIDES } from "./overrides.js";
import { PAIRED_TESTS } from "./paired-tests.js";
import { PLAN } from "./plan.js";
import { PREDICTIONS } from "./predictions.js";
import { PROBE_NEEDS } from "./probes.js";
import { QUANTITIES } from "./quantities.js";
import { STATISTICS } from "./statistics.js";
import { STOPPING } from "./stopping.js";
import { SYNTAX } from "./syntax.js";
import { TRAINING } from "./training.js";
import { VALUES } from "./values.js";

export const MESSAGES = {
  ...FILES,
  ...SYNTAX,
  ...NAMES,
  ...VALUES,
  ...AXES,
  ...QUANTITIES,
  ...OUTPUTS,
  ...PAIRED_TESTS,
  ...CHANNEL_KINDS,
  ...STATISTICS,
  ...PROBE_NEEDS,
  ...PREDICTIONS,
  ...EXPERIMENTS,
  ...PLAN,
  ...TRAINING,
  ...DECLARATIONS,
  ...MODEL_CHANGES,
  ...CASES,
  ...OVERRIDES,
  ...LINT,
  ...STOPPING,
} as const;

export type MessageName = keyof typeof MESSAGES;
export type ParametersOf<N extends MessageName> = MessageParameters<(typeof MESSAGES)[N]>;

export interface DiagnosticExtras {
  /** These three replace the catalogue's, where one message needs a text of its own. */
  readonly label?: string;
  readonly note?: string;
  readonly hint?: string;
  readonly related?: readonly Related[];
  readonly fixes?: readonly Fix[];
}

export function diagnostic<N extends MessageName>(
  name: N,
  parameters: ParametersOf<N>,
  location: Location,
  extras: DiagnosticExtras = {},
): Diagnostic {
  return build(name, MESSAGES[name], parameters, location, extras);
}

/** For names that are only known at run time (the parser's problems): `undefined` where there is no such message. */
export function diagnosticByName(
  name: string,
  parameters: { readonly [name: string]: string | number },
  location: Location,
): Diagnostic | undefined {
  const definition: MessageDefinition | undefined = Object.hasOwn(MESSAGES, name)
    ? MESSAGES[name as MessageName]
    : undefined;
  return definition && build(name, definition, parameters, location, {});
}

function build(
  name: string,
  definition: MessageDefinition,
  parameters: { readonly [name: string]: string | number },
  location: Location,
  extras: DiagnosticExtras,
): Diagnostic {
  const text = (own: string | undefined, template: string | undefined): string | undefined =>
    own ?? (template === undefined ? undefined : fill(template, parameters));
  const label = text(extras.label, definition.label);
  const note = text(extras.note, definition.note);
  const hint = text(extras.hint, definition.hint);
  return {
    code: definition.code,
    name,
    severity: definition.severity satisfies Severity,
    message: fill(definition.message, parameters),
    location,
    ...(label === undefined ? {} : { label }),
    ...(note === undefined ? {} : { note }),
    ...(hint === undefined ? {} : { hint }),
    related: extras.related ?? [],
    fixes: extras.fixes ?? [],
  };
}
