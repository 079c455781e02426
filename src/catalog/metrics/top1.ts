import { metric, ONE_CLASS } from "./metric.js";

export const top1 = metric({
  id: "top1",
  doc: "Share of images whose likeliest class is the right one.",
  tasks: ONE_CLASS,
  reads: "classes",
  threshold: true,
  undefinedWhen: "Never, given an image.",
  source: "scikit-learn's accuracy_score.",
  aliases: ["accuracy"],
});
