/** Runs a program on WebGPU until something fails, and says how far the numbers were right. */

import { Builder } from "../../../../dist/src/program/builder.js";
import { failureKind } from "../../../../dist/src/runtime/engine/failures.js";
import { openEngine } from "../../../../dist/src/runtime/engine/index.js";

const ROUNDS = 3;
const TERMS = 5;
const [ROWS, COLUMNS] = [64, 1024];

/** Sums of several large tensors that live at the same time; every number of the result is known. */
function sums() {
  const b = new Builder("sums");
  const x = b.feed("x", [COLUMNS]);
  const terms = Array.from({ length: TERMS }, (_, i) => b.add(b.broadcastTo(x, [ROWS, COLUMNS]), b.feed(`y${i}`, [1])));
  b.fetch(
    "total",
    b.sum(
      terms.reduce((left, right) => b.add(left, right)),
      { axes: [0] },
    ),
  );
  return b.build();
}

const filled = (shape, value) => ({ shape, data: new Float32Array(shape[0]).fill(value) });
const expected = (round) => ROWS * (TERMS * round + (TERMS * (TERMS - 1)) / 2);

async function main() {
  let right = 0;
  try {
    const engine = await openEngine("onnx", { device: "webgpu", threads: 1 });
    const session = await engine.open({ programs: { sums: sums() } });
    for (let round = 0; round < ROUNDS; round++) {
      const terms = Array.from({ length: TERMS }, (_, i) => [`y${i}`, filled([1], i)]);
      const { total } = await session.run("sums", { x: filled([COLUMNS], round), ...Object.fromEntries(terms) });
      if (!total.data.every((value) => value === expected(round))) return { right, ended: "wrong", got: total.data[0] };
      right += 1;
    }
    return { right, ended: "well" };
  } catch (error) {
    return { right, ended: "error", message: error.message, kind: failureKind(error) };
  }
}

const result = await main();
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
