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

/** Feeds of Adam's bias corrections, for tensors trained since a phase. */
const correctionFeeds = (since: number): readonly [string, string] =>
  since === 0 ? ["correction1", "correction2"] : [`correction1.${since}`, `correction2.${since}`];

/**
 * What the `step` program is fed beside images and labels.
 * @param step number of this step, from 1: Adam's bias corrections are 1 − β^step, in float64 then rounded
 * @param later by phase, the number of this step from the one on which its tensors began to be trained
 */
export function stepScalars(
  choice: Choice,
  step: number,
  rate: number,
  later: ReadonlyMap<number, number> = new Map(),
): { readonly [feed: string]: TensorData } {
  const optimizer = optimizerOf(choice);
  const scalars: { [feed: string]: TensorData } = { lr: scalar(rate) };
  if (optimizer.kind === "sgd") return scalars;
  for (const [since, own] of [[0, step] as const, ...later]) {
    const [first, second] = correctionFeeds(since);
    scalars[first] = scalar(1 - optimizer.beta1 ** own);
    scalars[second] = scalar(1 - optimizer.beta2 ** own);
  }
  return scalars;
}

export interface Trained {
  readonly name: string;
  readonly parameter: Value;
  readonly gradient: Value;
  /** Absent: the optimizer's own rate, since the first step. */
  readonly pace?: Pace | undefined;
}
export interface Pace {
  /** Of the learning rate. */
  readonly factor: number;
  /** Phase from which on it is trained: of its own number of steps, which Adam corrects by. */
  readonly since: number;
}

/** Scalars of the optimizer by what a tensor needs of them: tensors alike share a value, so that engines may join them. */
class Scalars {
  readonly #rates = new Map<number, Value>();
  readonly #corrections = new Map<number, readonly [Value, Value]>();

  readonly #lr: Value;

  constructor(readonly b: Builder) {
    this.#lr = b.feed("lr", []);
  }

  rate({ pace }: Trained): Value {
    return remembered(this.#rates, pace?.factor ?? 1, (factor) => this.b.scale(this.#lr, factor));
  }

  corrections({ pace }: Trained): readonly [Value, Value] {
    return remembered(this.#corrections, pace?.since ?? 0, (since) => {
      const [first, second] = correctionFeeds(since);
      return [this.b.feed(first, []), this.b.feed(second, [])];
    });
  }
}

function remembered<V>(known: Map<number, V>, key: number, make: (key: number) => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(key);
  known.set(key, made);
  return made;
}

/** Declares the optimizer's feeds and state on the builder and updates state and parameters. */
export function applyOptimizer(b: Builder, choice: Choice, tensors: readonly Trained[]): void {
  const optimizer = optimizerOf(choice);
  const scalars = new Scalars(b);
  switch (optimizer.kind) {
    case "adam": {
      const { kind: _, ...attributes } = optimizer;
      for (const tensor of tensors) {
        const { name, parameter, gradient } = tensor;
        const [correction1, correction2] = scalars.corrections(tensor);
        const fed = { rate: scalars.rate(tensor), correction1, correction2 };
        const decay = isDecayed(parameter.shape) ? {} : { l2: 0, weightDecay: 0 };
        const m = b.state(`adam.m.${name}`, parameter.shape);
        const v = b.state(`adam.v.${name}`, parameter.shape);
        const next = b.adam({ ...attributes, ...decay }, { parameter, gradient, m, v }, fed);
        b.update(name, next.parameter);
        b.update(`adam.m.${name}`, next.m);
        b.update(`adam.v.${name}`, next.v);
      }
      return;
    }
    case "sgd": {
      const { kind: _, ...attributes } = optimizer;
      for (const tensor of tensors) {
        const { name, parameter, gradient } = tensor;
        const l2 = isDecayed(parameter.shape) ? attributes.l2 : 0;
        const velocity = b.state(`sgd.v.${name}`, parameter.shape);
        const next = b.sgd({ ...attributes, l2 }, { parameter, gradient, velocity }, scalars.rate(tensor));
        b.update(name, next.parameter);
        b.update(`sgd.v.${name}`, next.velocity);
      }
      return;
    }
    default:
      optimizer satisfies never;
  }
}
