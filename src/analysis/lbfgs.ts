/**
 * Minimum of a smooth convex function by L-BFGS with a backtracking line search.
 * Source: Nocedal and Wright, Numerical Optimization, 2nd edition, algorithms 7.4 and 7.5.
 */

export interface MinimizeOptions {
  /** Largest entry of the gradient at which it stops. */
  readonly tolerance: number;
  readonly steps: number;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly converged: boolean;
}

/** Writes the gradient at a point, and gives the value there. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

const MEMORY = 10;
/** Of Armijo's condition. */
const DECREASE = 1e-4;
const HALVINGS = 40;
const ROUNDING = 1e-14;
const FLATTER = 0.9;

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

export function minimize(start: Float64Array, objective: Objective, { tolerance, steps }: MinimizeOptions): Minimum {
  let point = start;
  let gradient: Float64Array = new Float64Array(start.length);
  let value = objective(point, gradient);
  const pairs: Pair[] = [];
  for (let step = 0; step < steps; step++) {
    if (largest(gradient) <= tolerance) return { point, converged: true };
    const direction = descent(gradient, pairs);
    const slope = dot(direction, gradient);
    // a step of length about 1 where nothing is known of the curvature yet
    let length = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    let moved: { point: Float64Array; gradient: Float64Array; value: number } | undefined;
    for (let halving = 0; halving < HALVINGS; halving++) {
      const next = point.map((x, i) => x + length * (direction[i] as number));
      const nextGradient = new Float64Array(next.length);
      const nextValue = objective(next, nextGradient);
      const enough = nextValue <= value + DECREASE * length * slope;
      // beside the minimum values differ by rounding alone, and the slope is what still tells
      const level = nextValue - value <= ROUNDING * Math.abs(value);
      if (enough || (level && Math.abs(dot(nextGradient, direction)) <= FLATTER * Math.abs(slope))) {
        moved = { point: next, gradient: nextGradient, value: nextValue };
        break;
      }
      length /= 2;
    }
    // rounding leaves nothing to gain along this line
    if (moved === undefined) return { point, converged: false };
    remember(pairs, difference(moved.point, point), difference(moved.gradient, gradient));
    ({ point, gradient, value } = moved);
  }
  return { point, converged: largest(gradient) <= tolerance };
}

/** −H·gradient by the two-loop recursion. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = Float64Array.from(gradient, (g) => -g);
  const alphas: number[] = [];
  for (const { s, y, rho } of pairs.toReversed()) {
    const alpha = rho * dot(s, q);
    alphas.push(alpha);
    addScaled(q, y, -alpha);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) * scale;
  }
  pairs.forEach(({ s, y, rho }, i) => {
    addScaled(q, s, (alphas[pairs.length - 1 - i] ?? 0) - rho * dot(y, q));
  });
  return q;
}

/** Pairs without curvature would make H indefinite. */
function remember(pairs: Pair[], s: Float64Array, y: Float64Array): void {
  const curvature = dot(s, y);
  if (!(curvature > Number.EPSILON * dot(y, y))) return;
  pairs.push({ s, y, rho: 1 / curvature });
  if (pairs.length > MEMORY) pairs.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(into: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) + factor * (other[i] as number);
}

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - (b[i] as number));

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
