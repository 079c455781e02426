import type { CatalogEntry, ParameterSchema } from "../types.js";

const weights: ParameterSchema = {
  anyOf: [
    { type: "array", items: { type: "number", minimum: 0, maximum: 1e6 }, minItems: 1, maxItems: 100_000 },
    { type: "string", enum: ["none", "balanced"] },
  ],
  default: "none",
  description:
    "A weight for each class, in the data set's order; `balanced` is images / (classes · images of the class) of the training split, scikit-learn's. The weighted mean is divided by the weights of the batch, as torch's is.",
};

const crossEntropy: CatalogEntry = {
  kind: "loss",
  id: "cross_entropy",
  version: 1,
  doc: "Softmax cross-entropy, the mean over the images of a batch; of several labels an image, the mean of their binary cross-entropies. What a recipe that says nothing has. Weights and smoothing are torch's `CrossEntropyLoss(weight=…, label_smoothing=…)`, for classes that exclude each other; `positive_weights` are for several labels.",
  parameters: {
    label_smoothing: {
      type: "number",
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      unit: "fraction",
      description: "Share of a label that is spread evenly over all classes.",
    },
    class_weights: weights,
    positive_weights: {
      anyOf: [
        { type: "array", items: { type: "number", minimum: 0, maximum: 1e6 }, minItems: 1, maxItems: 100_000 },
        { type: "string", enum: ["balanced"] },
      ],
      description:
        "Of several labels an image, what the positives of each count, in the data set's order: torch's `BCEWithLogitsLoss(pos_weight=…)`. `balanced` is negatives / positives of the training split, among the images a label is known of (1 of a label without either).",
    },
  },
};

const focal: CatalogEntry = {
  kind: "loss",
  id: "focal",
  version: 1,
  doc: "Focal loss (Lin et al. 2017, arXiv:1708.02002): cross-entropy times (1 − p)^gamma, where p is the probability of what is true, so that images the model is sure of count less. Of several labels an image torchvision's `sigmoid_focal_loss` without alpha.",
  parameters: {
    gamma: { type: "number", minimum: 0, maximum: 20, default: 2, description: "0 is cross-entropy." },
    class_weights: weights,
  },
  positional: ["gamma"],
};

export const LOSSES = [crossEntropy, focal] as const;
