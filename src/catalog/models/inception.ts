import type { ModelEntry } from "../types.js";
import { dropParameters } from "./drop.js";
import { imageSize } from "./image.js";

export const inception: ModelEntry = {
  kind: "model",
  id: "inception",
  version: 1,
  doc: "Inception-v3 (Szegedy et al. 2016, arXiv:1512.00567) with timm's tensor names and no auxiliary head: a stem of five convolutions, eleven blocks of parallel branches, average pooling, one linear head.",
  parameters: {
    ...dropParameters("drop_rate"),
    size: imageSize({ least: 75, usual: 299 }),
  },
};

export const inceptionV3: ModelEntry = {
  kind: "model",
  id: "inception_v3",
  version: 1,
  doc: "The Inception-v3 of the paper, by timm's name: `inception`, which it is the only one of.",
  parameters: inception.parameters,
  preset: { of: "inception", params: {} },
};

export const inceptionFid: ModelEntry = {
  kind: "model",
  id: "inception_fid",
  version: 1,
  doc: "The Inception-v3 that FID is told by in papers: TensorFlow's release of 2015-12-05, as its weights were taken to PyTorch (`pt_inception-2015-12-05-6726825d.pth`). The tensors of `inception`, and other pools: averages are of the pixels in the map alone, and the last block (`Mixed_7c`) takes the maximum. timm has no such model.",
  parameters: inception.parameters,
  twin: { model: "inception", head: "fc.weight", classes: 1008, theirs: 1000 },
};
