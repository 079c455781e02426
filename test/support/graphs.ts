/**
 * Graphs of tasks of the shapes that studies have and of those that schedulers fear, made from a name and a seed alone.
 * Every graph has as many tasks as asked for, to the last one.
 */

import type { Task } from "../../src/runtime/schedule/index.js";
import { uniform } from "./numbers.js";

export interface NamedGraph {
  readonly name: string;
  readonly seed: number;
  readonly tasks: readonly Task[];
}

export const SEEDS = [1, 2] as const;

type Shape = (graph: Sketch, count: number) => void;

/** The family, by name. */
export const SHAPES: { readonly [name: string]: Shape } = {
  "study: one source, many inits": (graph, count) => study(graph, count, { sources: 1, targets: 5, inits: 10 }),
  "study: many sources and targets": (graph, count) => study(graph, count, { sources: 12, targets: 8, inits: 4 }),
  "study: long training, few cells beside": (graph, count) => {
    // what a learning curve asks for: three long trainings one after the other, and the study around them
    const long = ["a", "b", "c"].reduce<string[]>((after, name) => [graph.task(`long ${name}`, 3000, 6000, after)], []);
    study(graph, count - 1, { sources: 2, targets: 4, inits: 6 });
    graph.task("report", 1, 2, long);
  },
  "chains: eight": (graph, count) => chains(graph, count, 8),
  "chains: a hundred": (graph, count) => chains(graph, count, 100),
  "chains: of different lengths": (graph, count) => {
    for (let chain = 0; graph.size < count; chain++) {
      const length = Math.min(count - graph.size, 1 + Math.floor(graph.draw() * 400));
      let before: string[] = [];
      for (let link = 0; link < length; link++) before = [graph.task(`${chain}/${link}`, 1, 60, before)];
    }
  },
  "fork and join: wide": (graph, count) => forkJoin(graph, count, 100, 400),
  "fork and join: narrow": (graph, count) => forkJoin(graph, count, 4, 40),
  "layered: fifty wide": (graph, count) => layered(graph, count, 50),
  "layered: a thousand wide": (graph, count) => layered(graph, count, 1000),
  "random: any earlier task": (graph, count) => {
    const ids: string[] = [];
    while (graph.size < count) {
      const pick = () => ids[Math.floor(graph.draw() * ids.length)] ?? "";
      const after = ids.length < 10 ? [] : Array.from({ length: Math.floor(3 * graph.draw()) }, pick);
      ids.push(graph.task(`${ids.length}`, 1, 100, [...new Set(after)]));
    }
  },
  "tree: reduced by fours": (graph, count) => {
    // n leaves and n / 3 inner nodes or so
    const layer: string[] = [];
    const leaves = Math.ceil((3 * count) / 4);
    for (let leaf = 0; leaf < leaves; leaf++) layer.push(graph.task(`leaf ${leaf}`, 1, 100, []));
    while (graph.size < count) {
      const after = layer.splice(0, 4);
      layer.push(graph.task(`inner ${graph.size}`, 1, 20, after));
    }
  },
};

export function graphOf(name: string, seed: number, count: number): NamedGraph {
  const shape = SHAPES[name];
  if (shape === undefined) throw new RangeError(`no shape of graphs is called ${name}`);
  const sketch = new Sketch(`${name} ${seed}`);
  shape(sketch, count);
  if (sketch.size !== count) throw new Error(`${name} has ${sketch.size} tasks instead of ${count}`);
  return { name, seed, tasks: sketch.tasks };
}

/** All shapes with all seeds. */
export function* family(count: number): Generator<NamedGraph> {
  for (const name of Object.keys(SHAPES)) for (const seed of SEEDS) yield graphOf(name, seed, count);
}

/** What no schedule on this many identical slots can beat: the longest path, and the work shared evenly. Seconds. */
export function lowerBound(tasks: readonly Task[], slots: number): number {
  const ends = new Map<string, number>();
  for (const { id, after, seconds } of tasks) {
    ends.set(id, seconds + Math.max(0, ...after.map((before) => ends.get(before) ?? Number.NaN)));
  }
  const work = tasks.reduce((sum, { seconds }) => sum + seconds, 0);
  return Math.max(
    work / slots,
    [...ends.values()].reduce((a, b) => Math.max(a, b), 0),
  );
}

/** Tasks with drawn seconds; inputs before what needs them. */
class Sketch {
  readonly tasks: Task[] = [];
  private readonly draws: ArrayLike<number>;
  private drawn = 0;

  constructor(name: string) {
    this.draws = uniform(name, [65_536], 0, 1).data;
  }

  get size(): number {
    return this.tasks.length;
  }

  /** From [0, 1). */
  draw(): number {
    const value = this.draws[this.drawn++ % this.draws.length];
    return value ?? 0;
  }

  /** @returns its id */
  task(id: string, least: number, most: number, after: readonly string[], group?: string): string {
    // even on a logarithmic scale: many short ones, few long ones
    const seconds = least * (most / least) ** this.draw();
    this.tasks.push({ id, after, seconds, memory: 1, deviceMemory: 0, ...(group === undefined ? {} : { group }) });
    return id;
  }
}

interface Axes {
  readonly sources: number;
  readonly targets: number;
  readonly inits: number;
}

/** Pretraining, then inits and trainings on targets, probes of what was trained, and a table over all of them. */
function study(graph: Sketch, count: number, { sources, targets, inits }: Axes): void {
  const data = Array.from({ length: targets }, (_, target) => graph.task(`data ${target}`, 5, 60, []));
  const cells = sources * targets * inits;
  const pretrained: string[] = [];
  const scores: string[] = [];
  for (let cell = 0; graph.size < count - 1; cell++) {
    const target = data[cell % targets] ?? "";
    const source = cell % sources;
    pretrained[source] ??= graph.task(`pretrain ${source}`, 300, 1200, []);
    const repeat = Math.floor(cell / cells);
    const name = `${repeat}/${cell % cells}`;
    const most = count - 1 - graph.size;
    if (most < 5) {
      // too few are left for another cell
      for (let extra = 0; extra < most; extra++) graph.task(`l2 ${name} ${extra}`, 0.1, 1, [pretrained[source] ?? ""]);
      break;
    }
    const init = graph.task(`init ${name}`, 0.1, 2, [pretrained[source] ?? ""]);
    const train = graph.task(`train ${name}`, 30, 300, [init, target]);
    const predict = graph.task(`predict ${name}`, 1, 10, [train, target], train);
    graph.task(`cka ${name}`, 2, 30, [init, train, target], train);
    scores.push(graph.task(`score ${name}`, 0.05, 0.2, [predict]));
  }
  graph.task("table", 0.5, 2, scores);
}

function chains(graph: Sketch, count: number, number: number): void {
  const ends: string[][] = Array.from({ length: number }, () => []);
  for (let index = 0; index < count; index++) {
    ends[index % number] = [graph.task(`${index}`, 1, 60, ends[index % number] ?? [])];
  }
}

function forkJoin(graph: Sketch, count: number, least: number, most: number): void {
  let join: string[] = [];
  for (let stage = 0; graph.size < count; stage++) {
    const width = Math.min(count - 1 - graph.size, Math.floor(least + graph.draw() * (most - least)));
    const forked = Array.from({ length: width }, (_, index) => graph.task(`${stage}/${index}`, 1, 60, join));
    join = [graph.task(`join ${stage}`, 0.5, 5, forked.length > 0 ? forked : join)];
  }
}

function layered(graph: Sketch, count: number, width: number): void {
  let before: string[] = [];
  for (let layer = 0; graph.size < count; layer++) {
    const size = Math.min(width, count - graph.size);
    const now: string[] = [];
    for (let index = 0; index < size; index++) {
      const after = Array.from({ length: 1 + Math.floor(3 * graph.draw()) }, () => {
        return before[Math.floor(graph.draw() * before.length)];
      });
      now.push(graph.task(`${layer}/${index}`, 1, 60, [...new Set(after.filter((id) => id !== undefined))]));
    }
    before = now;
  }
}
