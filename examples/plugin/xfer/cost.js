/** A metric: what errors cost on average, when a missed finding costs more than a false alarm. */

import { readFileSync } from "node:fs";
import { definePlugin } from "xferc/plugin";

// A table beside the code is part of it: with other costs, the plan says that the plug-in changed.
const costs = JSON.parse(readFileSync(new URL("./costs.json", import.meta.url), "utf8"));

export default definePlugin({
  name: "clinic-costs",
  version: "1.0.0",
  metrics: [
    {
      id: "expected_cost",
      doc: "Mean cost of a decision between two classes, less is better: a missed case of the second class costs 5, a false alarm 1.",
      tasks: ["binary"],
      reads: "classes",
      threshold: true,
      direction: "min",
      range: [0, null],
      source: "Elkan 2001, The foundations of cost-sensitive learning.",
      measure({ images, labels, predicted }) {
        let cost = 0;
        for (let i = 0; i < images; i++) {
          if (labels[i] === 1 && predicted[i] === 0) cost += costs.missed;
          if (labels[i] === 0 && predicted[i] === 1) cost += costs.falseAlarm;
        }
        return cost / images;
      },
    },
    {
      id: "lift",
      doc: "How much more often than by chance the images of the highest tenth of scores are of the second class.",
      tasks: ["binary"],
      reads: "probabilities",
      direction: "max",
      range: [0, null],
      undefinedWhen: "No image is of the second class.",
      measure({ images, classes, labels, probabilities }) {
        const order = Array.from({ length: images }, (_, i) => i);
        const score = (i) => probabilities[i * classes + 1];
        // ties in the order of the images, so that the number never depends on the sort
        order.sort((a, b) => score(b) - score(a) || a - b);
        const positives = order.filter((i) => labels[i] === 1).length;
        if (positives === 0) return { undefined: "no image is of the second class" };
        const top = order.slice(0, Math.max(1, Math.round(images / 10)));
        const hits = top.filter((i) => labels[i] === 1).length;
        return hits / top.length / (positives / images);
      },
    },
  ],
});
