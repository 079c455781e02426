/** The axes of an expanded experiment: their points in order of appearance, over all cells. */

import { type AxisDeclaration, isSlot } from "../check/experiment.js";
import { type Environment, locate } from "../evaluate/environment.js";
import type { Axis, AxisPoint, AxisRole } from "../study.js";

function axisRole(name: string): AxisRole {
  return isSlot(name) ? name : "free";
}

export class AxisCollector {
  readonly #points: ReadonlyMap<string, Map<string, AxisPoint>>;
  #seen = 0;

  constructor(
    readonly declared: readonly AxisDeclaration[],
    readonly environment: Environment,
  ) {
    this.#points = new Map(declared.map((axis) => [axis.name, new Map<string, AxisPoint>()]));
  }

  see(point: { readonly [axis: string]: AxisPoint }): void {
    this.#seen++;
    for (const [name, points] of this.#points) {
      const each = point[name];
      if (each !== undefined && !points.has(each.label)) {
        points.set(each.label, each);
      }
    }
  }

  get empty(): boolean {
    return this.#seen === 0;
  }

  axes(): readonly Axis[] {
    return this.declared.map((axis) => ({
      name: axis.name,
      role: axis.fills === undefined ? axisRole(axis.name) : "free",
      points: [...(this.#points.get(axis.name)?.values() ?? [])],
      location: locate(this.environment, axis.nameSpan),
    }));
  }
}
