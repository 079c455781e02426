/** The compiler's view of src/models: how many units a model has, and its layers' names. */

import type { Choice } from "../../catalog/types.js";
import { ModelError, PendingModel } from "../../models/parameters.js";
import { traceModel } from "../../models/trace.js";
import type { ModelSpec } from "../../models/types.js";
import type { ModelChoice } from "../study.js";
import type { ModelFacts, ModelShape, NoShape } from "./context.js";

/** Units and layers do not depend on the task; any will do. */
const ANY_TASK = { classes: 2, channels: 3 };

/** A declared model as src/models wants it. */
export function modelSpec(
  model: ModelChoice,
  task: { readonly classes: number; readonly channels: number },
): ModelSpec {
  const { size, ...params } = model.family.params;
  return {
    family: model.family.id,
    version: model.family.version,
    params: params as ModelSpec["params"],
    classes: task.classes,
    channels: task.channels,
    size: typeof size === "number" ? size : 224,
    ...ownCode(model.family),
  };
}

/** Nothing of a built-in family: its keys stay what they are. */
export function ownCode({ plugin }: Choice): Pick<ModelSpec, "plugin"> {
  return plugin === undefined ? {} : { plugin };
}

export function tracedModels(): ModelFacts {
  const shapes = new Map<ModelChoice["family"], ModelShape | NoShape>();
  return {
    shape(model) {
      let shape = shapes.get(model.family);
      if (shape === undefined) {
        shape = trace(model);
        shapes.set(model.family, shape);
      }
      return shape;
    },
  };
}

function trace(model: ModelChoice): ModelShape | NoShape {
  try {
    const info = traceModel(modelSpec(model, ANY_TASK));
    const batchNorm = info.tensors.some(({ name }) => name.endsWith(".running_mean"));
    return { units: info.units.length, layers: info.layers.map((layer) => layer.name), batchNorm };
  } catch (error) {
    if (error instanceof PendingModel) {
      return { problem: error.message, pending: true };
    }
    if (error instanceof ModelError) {
      return { problem: error.message };
    }
    throw error;
  }
}
