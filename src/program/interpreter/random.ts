import { elementBits, mix, saltWords } from "../hash.js";
import { sizeOf } from "../shape.js";
import type { Kernels } from "./kernel.js";

export const random: Kernels<"randomUniform"> = {
  randomUniform: ({ attributes, input, shape }) => {
    const keys = input(0).data;
    const [s0, s1] = saltWords(attributes.salt);
    const size = sizeOf(attributes.shape);
    const data = new Float64Array(sizeOf(shape));
    for (let n = 0; n < keys.length / 2; n++) {
      const a = mix((keys[2 * n] ?? 0) ^ s0);
      const b = mix((keys[2 * n + 1] ?? 0) ^ s1);
      for (let e = 0; e < size; e++) data[n * size + e] = (elementBits(a, b, e) >>> 8) * 2 ** -24;
    }
    return [{ shape, data }];
  },
};
