/** Optimizers as part of a program: their state, their updates and the numbers a step feeds them. */

import type { Choice } from "../../catalog/types.js";
import type { Builder } from "../builder.js";
import type { TensorDeclaration } from "../declarations.js";
import { ProgramError } from "../names.js";
import type { OpAttributes, Shape, TensorData, Value } from "../types.js";

export type Optimizer =
  | ({ readonly kind: "adam" } & OpAttributes["adam"])
  | ({ readonly kind: "sgd" } & OpAttributes["sgd"]);

function numberIn(choice: Choice, name: string, fallback: number): number {
  const value = choice.params[name] ?? fallback;
  if (typeof value !== "number") throw new ProgramError(`optimizer ${choice.id}: \`${name}\` must be a number`);
  return value;
}

/** Reads a catalogue choice (`adam`, `adamw`, `sgd`). Its `lr` is not part of the program; it is fed. */
export function optimizerOf(choice: Choice): Optimizer {
  const number = (name: string, fallback: number) => numberIn(choice, name, fallback);
  switch (choice.id) {
    case "adam":
    case "adamw": {
      const moments = { beta1: number("beta1", 0.9), beta2: number("beta2", 0.999), epsilon: number("eps", 1e-8) };
      const decoupled = choice.id === "adamw";
      return {
        kind: "adam",
        ...moments,
        l2: decoupled ? 0 : number("l2", 0),
        weightDecay: decoupled ? number("weight_decay", 0.01) : 0,
      };
    }
    case "sgd":
      return {
        kind: "sgd",
        momentum: number("momentum", 0),
        nesterov: choice.params.nesterov === true,
        l2: number("l2", 0),
      };
    default:
      throw new ProgramError(`no optimizer \`${choice.id}\`; there is adam, adamw, sgd`);
  }
}

/** Biases and other tensors of one axis are not decayed. */
const isDecayed = (shape: Shape): boolean => shape.length >= 2;

const slotsOf = (optimizer: Optimizer): readonly string[] =>
  optimizer.kind === "adam" ? ["adam.m", "adam.v"] : ["sgd.v"];

/** Names and shapes of the optimizer's state for these tensors, all zero before the first step. */
export function optimizerState(
  choice: Choice,
  tensors: readonly Pick<TensorDeclaration, "name" | "shape" | "trainable">[],
): readonly { readonly name: string; readonly shape: Shape }[] {
  const slots = slotsOf(optimizerOf(choice));
  return tensors
    .filter(({ trainable }) => trainable)
    .flatMap(({ name, shape }) => slots.map((slot) => ({ name: `${slot}.${name}`, shape })));
}

const scalar = (value: number): TensorData => ({ shape: [], data: Float32Array.of(value) });

/**
 * What the `step` program is fed beside images and labels.
 * @param step number of this step, from 1: Adam's bias corrections are 1 − β^step, in float64 then rounded
 */
export function stepScalars(choice: Choice, step: number, rate: number): { readonly [feed: string]: TensorData } {
  const optimizer = optimizerOf(choice);
  if (optimizer.kind === "sgd") return { lr: scalar(rate) };
  return {
    lr: scalar(rate),
    correction1: scalar(1 - optimizer.beta1 ** step),
    correction2: scalar(1 - optimizer.beta2 ** step),
  };
}

export interface Trained {
  readonly name: string;
  readonly parameter: Value;
  readonly gradient: Value;
}

/** Declares the optimizer's feeds and state on the builder and updates state and parameters. */
export function applyOptimizer(b: Builder, choice: Choice, tensors: readonly Trained[]): void {
  const optimizer = optimizerOf(choice);
  const rate = b.feed("lr", []);
  switch (optimizer.kind) {
    case "adam": {
      const { kind: _, ...attributes } = optimizer;
      const scalars = { rate, correction1: b.feed("correction1", []), correction2: b.feed("correction2", []) };
      for (const { name, parameter, gradient } of tensors) {
        const decay = isDecayed(parameter.shape) ? {} : { l2: 0, weightDecay: 0 };
        const m = b.state(`adam.m.${name}`, parameter.shape);
        const v = b.state(`adam.v.${name}`, parameter.shape);
        const next = b.adam({ ...attributes, ...decay }, { parameter, gradient, m, v }, scalars);
        b.update(name, next.parameter);
        b.update(`adam.m.${name}`, next.m);
        b.update(`adam.v.${name}`, next.v);
      }
      return;
    }
    case "sgd": {
      const { kind: _, ...attributes } = optimizer;
      for (const { name, parameter, gradient } of tensors) {
        const l2 = isDecayed(parameter.shape) ? attributes.l2 : 0;
        const velocity = b.state(`sgd.v.${name}`, parameter.shape);
        const next = b.sgd({ ...attributes, l2 }, { parameter, gradient, velocity }, rate);
        b.update(name, next.parameter);
        b.update(`sgd.v.${name}`, next.velocity);
      }
      return;
    }
    default:
      optimizer satisfies never;
  }
}
