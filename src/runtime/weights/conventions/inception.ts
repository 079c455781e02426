/** Inception-v3 of torchvision has a second head beside the sixth stage, which only training from scratch uses. */

import type { Convention } from "./types.js";

export const inceptionOfTorchvision: Convention = {
  title: "Inception-v3 of torchvision",
  signs: [/^Mixed_7c\./, /^AuxLogits\./],
  drop: [{ names: /^AuxLogits\./, why: "the second head, used in training from scratch alone" }],
};
