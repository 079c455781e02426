import { resnet, resnet18, resnet34, resnet50, resnet101, resnet152 } from "./resnet.js";
import { deitBase, deitSmall, deitTiny, vit, vitBase, vitSmall, vitTiny } from "./vit.js";

export const MODELS = [
  resnet,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  vit,
  vitTiny,
  vitSmall,
  vitBase,
  deitTiny,
  deitSmall,
  deitBase,
] as const;
