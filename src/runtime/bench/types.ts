import type { StepOptions } from "../../models/programs.js";
import type { FailureKind } from "../engine/failures.js";
import type { PluginSpec } from "../plugins/place.js";
import type { EngineChoice, MemoryState } from "../workers/types.js";
import type { Measured } from "./measure.js";

export interface BenchTask {
  readonly engine: EngineChoice;
  readonly options: StepOptions;
  /** Whose code builds the model. */
  readonly plugins: readonly PluginSpec[];
}

export type BenchAnswer =
  | { readonly status: "measured"; readonly measured: Measured }
  | {
      readonly status: "failed";
      readonly kind: FailureKind;
      readonly message: string;
      readonly state: MemoryState | undefined;
    };
