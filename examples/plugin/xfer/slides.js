/** A data set adapter: a folder of images whose names say everything, `P007-tumour-2-train.png`. */

import { definePlugin } from "xferc/plugin";

const NAME = /^(P\d+)-([a-z]+)-(\d+)-(train|val|test)\.png$/;

export default definePlugin({
  name: "slide-names",
  version: "1.0.0",
  datasets: [
    {
      id: "slides",
      doc: "Images in one folder, named PATIENT-CLASS-NUMBER-SPLIT.png; the site of a patient is in sites.csv.",
      parameters: {
        numbers: {
          type: "string",
          enum: ["all", "first"],
          default: "all",
          description: "Which images of a patient: all of them, or the first.",
        },
      },
      async cases({ params, files, table }) {
        const sites = new Map((await table("sites.csv")).map(({ cells }) => [cells.patient, cells.site]));
        const cases = [];
        for (const file of await files("images")) {
          const [, patient, label, number, split] = NAME.exec(file.slice("images/".length)) ?? [];
          if (patient === undefined) continue;
          if (params.numbers === "first" && number !== "1") continue;
          cases.push({ file, label, split, group: patient, attributes: { site: sites.get(patient) ?? "" } });
        }
        return { cases, classes: ["normal", "tumour"], groupedBy: "patient", attributes: ["site"] };
      },
    },
  ],
});
