import { expect, it } from "vitest";
import { Builder } from "../../../src/program/builder.js";
import { mix } from "../../../src/program/hash.js";
import { interpret, widen } from "../../../src/program/interpreter/index.js";
import { describeEngines } from "../../support/engines.js";

describeEngines("randomUniform", (engine) => {
  it("gives the interpreter's random bits, every one", async () => {
    const b = new Builder("draw");
    const keys = b.feed("keys", [6, 2], "i32");
    for (const salt of [0, 1, 1234567, 2 ** 30 - 1]) {
      b.fetch(`rows ${salt}`, b.randomUniform(keys, salt, [7, 11, 13]));
      b.fetch(`one ${salt}`, b.randomUniform(keys, salt, [1]));
    }
    const program = b.build();
    const data = Int32Array.from({ length: 12 }, (_, i) => [0, -1, 2 ** 31 - 1, -(2 ** 31)][i] ?? mix(i));
    const feeds = { keys: { shape: [6, 2], data } };
    const session = await (await engine()).open({ programs: { draw: program } });
    try {
      const given = await session.run("draw", feeds);
      const { fetches } = interpret(program, new Map(), new Map([["keys", widen(feeds.keys)]]));
      for (const [name, { data: due }] of fetches) expect([...(given[name]?.data ?? [])], name).toEqual([...due]);
    } finally {
      await session.close();
    }
  });
});
