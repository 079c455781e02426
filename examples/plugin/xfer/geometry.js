/** Probes: in how many directions a layer's features vary, and how often two states decide otherwise. */

import { definePlugin } from "xferc/plugin";

export default definePlugin({
  name: "geometry",
  version: "1.0.0",
  probes: [
    {
      id: "participation",
      doc: "Participation ratio of a layer's pooled features: (Σλ)² / Σλ² of their covariance's eigenvalues (Gao et al. 2017).",
      estimator: "sample_covariance",
      reads: ["pooled"],
      byLayer: true,
      sample: 2048,
      numbers: {
        directions: "in how many directions they vary, from 1 to the layer's width.",
        variance: "by how much, over all of them.",
      },
      // Called once a state; xferc shows it every image of the sample, in the order of the data set.
      gather({ layers }) {
        const sums = new Map(layers.map(({ name }) => [name, undefined]));
        return {
          sums,
          see({ pooled }) {
            for (const { name } of layers) {
              const x = pooled[name];
              const width = x.length;
              let known = sums.get(name);
              if (known === undefined) {
                known = { count: 0, mean: new Float64Array(width), moment: new Float64Array(width * width) };
                sums.set(name, known);
              }
              // Welford: deviations from the mean so far and from the mean with this image
              known.count += 1;
              const before = x.map((value, i) => value - known.mean[i]);
              for (let i = 0; i < width; i++) known.mean[i] += before[i] / known.count;
              for (let i = 0; i < width; i++) {
                for (let j = 0; j < width; j++) known.moment[i * width + j] += before[i] * (x[j] - known.mean[j]);
              }
            }
          },
        };
      },
      measure({ layers }, { sums }) {
        return Object.fromEntries(
          layers.map(({ name }) => {
            const { count, mean, moment } = sums.get(name);
            if (count < 2) return [name, { undefined: "one image has no variance" }];
            let [trace, squares] = [0, 0];
            for (let i = 0; i < mean.length; i++) trace += moment[i * mean.length + i] / (count - 1);
            for (const value of moment) squares += (value / (count - 1)) ** 2;
            if (squares === 0) return [name, { undefined: "its features are the same for all images" }];
            return [name, { directions: trace ** 2 / squares, variance: trace }];
          }),
        );
      },
    },
    {
      id: "churn",
      doc: "The share of images for which two states decide on another class.",
      states: 2,
      reads: ["logits"],
      gather() {
        const decided = [];
        return {
          decided,
          see({ logits }) {
            decided.push(logits.indexOf(Math.max(...logits)));
          },
        };
      },
      measure({ images }, first, second) {
        return first.decided.filter((one, i) => one !== second.decided[i]).length / images;
      },
    },
  ],
});
