import { traceModel } from "../../../models/trace.js";
import { ckaRows, deadAlignments, estimatorOf, GramCollector, sampleImages } from "../../probes/cka.js";
import { layersOf, numberOption, streamOf, textOption } from "../../probes/options.js";
import type { ProbeNode } from "../forward-work.js";
import { type ForwardWork, isSameSide, layersOfRole, wantOf } from "../forward-work.js";
import { type OpContext, probeValue } from "../types.js";

export async function forwardCka(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  const { params } = node;
  const [wantA, wantB] = [await wantOf(node, context, "a", "data"), await wantOf(node, context, "b", "data")];
  const { images } = wantA;
  const sample = sampleImages(images.hashes, numberOption(params, "images"), streamOf(params));
  const settings = { estimator: estimatorOf(textOption(params, "estimator")), batch: numberOption(params, "batch") };
  const wanted = layersOf(params);
  const layers = traceModel(params.model).layers.filter(({ name }) => wanted.includes(name));
  const of = (role: string) => layersOfRole(node, context, role, layers);
  const collector = (role: string) => new GramCollector(context.engine, of(role), sample, settings);
  const a = collector("a");
  // A state beside itself needs no second look.
  const b = isSameSide(wantA, wantB) ? a : collector("b");
  const wants = [
    { ...wantA, rounds: a.rounds, reader: (round: number) => a.reader(round) },
    ...(b === a ? [] : [{ ...wantB, rounds: b.rounds, reader: (round: number) => b.reader(round) }]),
  ];
  return {
    wants,
    async finish() {
      const gramsA = a.centred();
      const gramsB = b === a ? gramsA : b.centred();
      const rows = ckaRows(gramsA, gramsB, settings.estimator);
      const dead = [...deadAlignments(gramsA, "first"), ...(b === a ? [] : deadAlignments(gramsB, "second"))];
      return {
        outputs: {},
        value: probeValue(rows, dead),
        summary: `${a.layers.length} × ${b.layers.length} layers over ${sample.length} images`,
      };
    },
  };
}
