/** Small plans and operations for tests of the coordinator. */

import type { NodeKey, OpName, Plan, PlanNode } from "../../../src/compiler/plan/types.js";
import type { CellId } from "../../../src/compiler/study.js";
import type { Engine } from "../../../src/runtime/engine/types.js";
import { sha256 } from "../../../src/runtime/store/index.js";
import type { OpCall, RunOps } from "../../../src/runtime/workers/index.js";

export const keyOf = (name: string) => sha256(name) as NodeKey;

export interface Sketch {
  readonly [name: string]: {
    readonly needs?: readonly string[];
    readonly op?: OpName;
    readonly seconds?: number;
    /** For probes: the state whose pass they share. */
    readonly state?: string;
    /** Whose files it reads. */
    readonly dataset?: string;
  };
}

/** Every node that no other needs is a result. */
export function planOf(sketch: Sketch): Plan {
  const names = Object.keys(sketch);
  const needed = new Set(names.flatMap((name) => sketch[name]?.needs ?? []));
  const nodes = names.map((name): PlanNode => {
    const { needs = [], op = "score", seconds = 1, state, dataset } = sketch[name] ?? {};
    return {
      key: keyOf(name),
      op,
      version: 1,
      params: {
        metric: name,
        task: "multiclass",
        ...(op === "train" ? { model: { name }, recipe: { batch: 1 } } : {}),
      },
      inputs: needs.map((other, index) => ({
        role: other === state ? "state" : `in${index}`,
        node: keyOf(other),
        output: other === state ? "selected" : "value",
      })),
      signature: null,
      label: name,
      cells: [`main[${name}]#1` as CellId],
      ...(dataset === undefined ? {} : { resource: { path: "./images", declaredIn: "study.xfer", name: dataset } }),
      location: { path: "study.xfer", span: { start: 0, end: 1 } },
      provisional: false,
      estimate: { seconds, bytes: 10, memory: 1, deviceMemory: 0, flops: 1, basis: "default" },
    } as unknown as PlanNode;
  });
  return {
    nodes,
    results: names
      .filter((name) => !needed.has(name))
      .map((name) => ({
        experiment: "main",
        point: { name },
        repeat: 1,
        seed: 1,
        measure: "test",
        metric: "top1",
        estimator: "",
        node: keyOf(name),
        cell: `main[${name}]#1` as CellId,
      })),
    training: new Map(),
    sharing: { requested: names.length, nodes: names.length, savedSeconds: 0 },
  } as unknown as Plan;
}

export const noEngine: Engine = {
  id: "reference",
  signature: { engine: "reference", engineVersion: "1", device: "cpu", precision: "f32", threads: 1 },
  open: () => Promise.reject(new Error("no engine in this test")),
};

/** Operations that write `label(inputs)` as their output and value; `before` may throw or wait. */
export function textOps(before: (call: OpCall) => void | Promise<void> = () => undefined): RunOps {
  return async (calls) => {
    const results = await Promise.all(
      calls.map(async (call) => {
        await before(call);
        const parts: string[] = [];
        for (const manifest of call.context.inputs.values()) {
          const ref = manifest.outputs.value;
          if (ref !== undefined) parts.push(new TextDecoder().decode(await call.context.blobs.get(ref)));
        }
        const text = `${call.node.label}(${parts.join(",")})`;
        const value = await call.context.blobs.put(new TextEncoder().encode(text));
        return [call.node.key, { outputs: { value }, value: text, summary: `made ${call.node.label}` }] as const;
      }),
    );
    return new Map(results);
  };
}
