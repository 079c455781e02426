import { extentOf } from "../shape.js";
import type { Shape } from "../types.js";
import type { Inputs, Rules, ValueSpec } from "./rule.js";
import { f32 } from "./rule.js";

const specs = (...shapes: readonly Shape[]): readonly ValueSpec[] => shapes.flatMap(f32);

function expectShapes(inputs: Inputs, from: number, to: number, shape: Shape): void {
  for (let index = from; index < to; index++) inputs.expectShape(index, shape);
}

export const training: Rules<
  "batchNorm" | "batchNormGrad" | "layerNorm" | "layerNormGrad" | "sumSquares" | "adam" | "sgd"
> = {
  batchNorm: (inputs) => {
    inputs.count(3);
    inputs.floats();
    const channels = [extentOf(inputs.ranked(0, 4), 1)];
    expectShapes(inputs, 1, 3, channels);
    return specs(inputs.shape(0), channels, channels);
  },
  batchNormGrad: (inputs) => {
    inputs.count(5);
    inputs.floats();
    const channels = [extentOf(inputs.ranked(1, 4), 1)];
    inputs.expectShape(0, inputs.shape(1));
    expectShapes(inputs, 2, 5, channels);
    return specs(inputs.shape(1), channels, channels);
  },
  layerNorm: (inputs) => {
    inputs.count(3);
    inputs.floats();
    const shape = inputs.shape(0);
    inputs.require(shape.length > 0, "needs at least one axis");
    expectShapes(inputs, 1, 3, [extentOf(shape, -1)]);
    const rows = [...shape.slice(0, -1), 1];
    return specs(shape, rows, rows);
  },
  layerNormGrad: (inputs) => {
    inputs.count(5);
    inputs.floats();
    const shape = inputs.shape(1);
    const last = [extentOf(shape, -1)];
    inputs.expectShape(0, shape);
    inputs.expectShape(2, last);
    expectShapes(inputs, 3, 5, [...shape.slice(0, -1), 1]);
    return specs(shape, last, last);
  },
  sumSquares: (inputs) => {
    inputs.require(inputs.values.length > 0, "takes at least one tensor");
    inputs.floats();
    return f32([]);
  },
  adam: (inputs) => {
    inputs.count(7);
    inputs.floats();
    const shape = inputs.shape(0);
    expectShapes(inputs, 1, 4, shape);
    expectShapes(inputs, 4, 7, []);
    return specs(shape, shape, shape);
  },
  sgd: (inputs) => {
    inputs.count(4);
    inputs.floats();
    const shape = inputs.shape(0);
    expectShapes(inputs, 1, 3, shape);
    inputs.expectShape(3, []);
    return specs(shape, shape);
  },
};
