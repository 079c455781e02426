/** Optimizer updates of many tensors, lowered as one update of the buffer they lie in. */

import { sizeOf } from "../../../../program/shape.js";
import type { Operation, Value } from "../../../../program/types.js";
import { operand } from "../../operands.js";
import { first, type Tensor } from "../graph.js";
import { PARTS, type PackedUpdate, type SlotRole, takeOutFactor } from "../packing.js";
import type { LoweringContext } from "./context.js";
import { graphNames } from "./names.js";
import { adam, sgd } from "./optimizer.js";

interface Group {
  readonly packed: PackedUpdate;
  joined: Tensor | undefined;
}

export class PackedLowering {
  readonly #context: LoweringContext;
  readonly #groups: readonly Group[];
  /** Operations a group stands for: nothing is written where they stand. */
  readonly #absorbed: ReadonlySet<Operation>;
  /** Ids of what the absorbed updates make. */
  readonly #made: ReadonlySet<number>;

  constructor(context: LoweringContext, packedUpdates: readonly PackedUpdate[]) {
    this.#context = context;
    const isUpdate = ({ kind }: Operation): boolean => kind === "adam" || kind === "sgd";
    const plans = packedUpdates.map((update) =>
      takeOutFactor(
        update,
        (value) => context.producer(value),
        (value) => !context.leaves(value) && context.consumersOf(value).every(isUpdate),
      ),
    );
    this.#groups = plans.map(({ packed }) => ({ packed, joined: undefined }));
    this.#absorbed = new Set(plans.flatMap(({ packed, absorbed }) => [...packed.updates, ...absorbed]));
    this.#made = new Set(
      packedUpdates.flatMap(({ updates }) => updates.flatMap(({ outputs }) => outputs.map(({ id }) => id))),
    );
  }

  /** Whether a state's next value is part of a buffer's. */
  isPacked(value: Value): boolean {
    return this.#made.has(value.id);
  }

  /** Whether anything but a packed update reads the value. */
  isReadAlone(value: Value): boolean {
    return (
      this.#context.leaves(value) || this.#context.consumersOf(value).some((reader) => !this.#absorbed.has(reader))
    );
  }

  /** Writes what there is to write for an operation that concerns packed gradients; false: lower it as usual. */
  lower(operation: Operation): boolean {
    if (this.#absorbed.has(operation)) return true;
    return operation.kind === "sumSquares" && this.#lowerSumSquares(operation);
  }

  /** Writes the updates; returns the buffers that enter and leave the graph. */
  finish(): readonly string[] {
    for (const group of this.#groups) this.#update(group);
    return this.#groups.flatMap(({ packed }) => [...packed.buffers.values()]);
  }

  /** A sum over exactly the gradients of some groups is a sum over their joined gradients. */
  #lowerSumSquares(operation: Extract<Operation, { kind: "sumSquares" }>): boolean {
    const wanted = ids(operation.inputs);
    const covered = this.#groups.filter(({ packed }) => packed.gradients.every(({ id }) => wanted.includes(id)));
    if (ids(covered.flatMap(({ packed }) => packed.gradients)).join() !== wanted.join()) return false;
    const context = this.#context;
    const sums = covered.map((group) => {
      const parts = context.view(this.#join(group), [PARTS, group.packed.size / PARTS]);
      return context.reduce("ReduceSum", context.reduce("ReduceSumSquare", parts, [1]), [0]);
    });
    context.set(first(operation.outputs), context.sum(sums));
    return true;
  }

  #join(group: Group): Tensor {
    const context = this.#context;
    if (group.joined !== undefined) return group.joined;
    const parts = group.packed.gradients.map((value) => context.flat(context.raw(value)));
    const rest = group.packed.size - parts.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const zeros = rest === 0 ? [] : [context.graph.constant(new Float32Array(rest), [rest])];
    group.joined = context.concat([...parts, ...zeros], 0);
    return group.joined;
  }

  #update(group: Group): void {
    const context = this.#context;
    const { packed } = group;
    const update = first(packed.updates);
    const buffer = (role: SlotRole): Tensor =>
      context.graph.input(graphNames.buffer(bufferOf(packed, role)), [packed.size], "f32");
    const scalar = (index: number): Tensor => context.flat(context.raw(operand(update, index)));
    const joined = this.#join(group);
    const gradient =
      packed.factor === undefined ? joined : context.mul(joined, context.flat(context.raw(packed.factor)));
    const next =
      update.kind === "adam"
        ? adam(
            context,
            {
              parameter: buffer("parameter"),
              gradient,
              m: buffer("m"),
              v: buffer("v"),
              rate: scalar(4),
              correction1: scalar(5),
              correction2: scalar(6),
            },
            update.attributes,
          )
        : sgd(
            context,
            { parameter: buffer("parameter"), gradient, velocity: buffer("velocity"), rate: scalar(3) },
            update.attributes,
          );
    for (const [role, tensor] of Object.entries(next)) {
      context.graph.output(graphNames.nextBuffer(bufferOf(packed, role as SlotRole)), tensor);
    }
  }
}

function bufferOf(packed: PackedUpdate, role: SlotRole): string {
  const name = packed.buffers.get(role);
  if (name === undefined) throw new Error(`internal: a packed update has no ${role}`);
  return name;
}

const ids = (values: readonly Value[]): number[] => values.map(({ id }) => id).sort((a, b) => a - b);
