import { extentOf, sizeOf } from "../shape.js";
import type { Rules } from "./rule.js";
import { f32 } from "./rule.js";

export const random: Rules<"randomUniform"> = {
  randomUniform: (inputs, { salt, shape }) => {
    inputs.count(1);
    const keys = inputs.ranked(0, 2);
    inputs.require(inputs.at(0).dtype === "i32" && extentOf(keys, 1) === 2, "keys must be i32 [N, 2]");
    inputs.require(Number.isInteger(salt) && salt >= 0 && salt < 2 ** 30, `salt ${salt} is not a whole number from 0`);
    const whole = shape.every((extent) => Number.isInteger(extent) && extent > 0) && sizeOf(shape) < 2 ** 31;
    inputs.require(whole, `[${shape.join(", ")}] is no shape of at most 2³¹ elements`);
    return f32([extentOf(keys, 0), ...shape]);
  },
};
