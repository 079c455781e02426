import { alexnet } from "./alexnet.js";
import { cbr } from "./cbr.js";
import { densenet, densenet121, densenet161, densenet169, densenet201 } from "./densenet.js";
import { inception, inceptionFid, inceptionV3 } from "./inception.js";
import { resnet, resnet18, resnet34, resnet50, resnet101, resnet152 } from "./resnet.js";
import { swin, swinBase, swinSmall, swinTiny } from "./swin.js";
import { deitBase, deitSmall, deitTiny, vit, vitBase, vitSmall, vitTiny } from "./vit.js";

export const MODELS = [
  resnet,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  densenet,
  densenet121,
  densenet161,
  densenet169,
  densenet201,
  inception,
  inceptionV3,
  inceptionFid,
  vit,
  vitTiny,
  vitSmall,
  vitBase,
  deitTiny,
  deitSmall,
  deitBase,
  swin,
  swinTiny,
  swinSmall,
  swinBase,
  alexnet,
  cbr,
] as const;
