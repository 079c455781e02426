import { diagnostic } from "../messages.js";
import { settingPlace } from "./recipes.js";
import type { LintRule } from "./rule.js";

/** Below so many images the error of batch normalization rises steeply (Wu and He 2018, figure 1). */
const LEAST = 8;

/** Means and variances of a few images are noise, in training and in what evaluation uses of them. */
export const batchNormSmallBatch: LintRule = {
  name: "batch-norm-small-batch",
  why: "Batch normalization estimates a mean and a variance per channel from each batch. From fewer than some eight images these are so noisy that the model trains, and is evaluated, worse than the architecture can. The rule looks at batches of models that have running statistics.",
  references: [
    "Wu, He (2018). Group normalization. ECCV.",
    "Ioffe (2017). Batch renormalization: towards reducing minibatch dependence in batch-normalized models. NeurIPS.",
  ],
  check({ context, experiments }) {
    for (const { model, train } of experiments.flatMap(({ cells }) => cells)) {
      const small = train.filter(({ batch, solver }) => solver === undefined && batch < LEAST);
      const shape = small.length === 0 ? undefined : context.models.shape(model);
      if (shape !== undefined && !("problem" in shape) && shape.batchNorm) {
        for (const recipe of small) {
          const parameters = { recipe: recipe.name, model: model.name, batch: recipe.batch, least: LEAST };
          const place = settingPlace(context, recipe, "batch");
          context.sink.report(diagnostic("batch-norm-small-batch", parameters, place));
        }
      }
    }
  },
};
