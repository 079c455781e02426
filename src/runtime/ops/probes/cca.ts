import { traceModel } from "../../../models/trace.js";
import { ccaRows, ccaVariant, ccaWarnings, subspacesOf } from "../../probes/cca.js";
import { sampleImages } from "../../probes/cka.js";
import { layersOf, numberOption, streamOf, textOption } from "../../probes/options.js";
import { featureKind, PooledCollector } from "../../probes/pooled.js";
import type { ProbeNode } from "../forward-work.js";
import { type ForwardWork, isSameSide, wantOf } from "../forward-work.js";
import { type OpContext, probeValue } from "../types.js";

export async function forwardCca(node: ProbeNode, context: OpContext): Promise<ForwardWork> {
  const { params } = node;
  const [wantA, wantB] = [await wantOf(node, context, "a", "data"), await wantOf(node, context, "b", "data")];
  const sample = sampleImages(wantA.images.hashes, numberOption(params, "images"), streamOf(params));
  const settings = { variant: ccaVariant(textOption(params, "variant")), keep: numberOption(params, "keep") };
  const layers = layersOf(params);
  const kind = featureKind(textOption(params, "features"));
  const of = (role: string) => (params.given?.[role] === undefined ? layers : [params.given[role]]);
  const collector = (role: string) =>
    new PooledCollector(of(role), sample.length, kind, traceModel(params.model), sample);
  const a = collector("a");
  // A state beside itself needs no second look.
  const b = isSameSide(wantA, wantB) ? a : collector("b");
  return {
    wants: [
      { ...wantA, rounds: 1, reader: () => ({ reader: a.reader() }) },
      ...(b === a ? [] : [{ ...wantB, rounds: 1, reader: () => ({ reader: b.reader() }) }]),
    ],
    async finish() {
      const first = subspacesOf(a.spool, of("a"), settings, "first");
      const second = b === a ? first : subspacesOf(b.spool, of("b"), settings, "second");
      const summary = `${of("a").length} × ${of("b").length} layers over ${sample.length} images`;
      return { outputs: {}, value: probeValue(ccaRows(first, second, settings), ccaWarnings(first, second)), summary };
    },
    close() {
      a.close();
      b.close();
    },
  };
}
