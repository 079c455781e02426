/** Optimal transport between two small distributions, exactly. */

/** Mass that is rounding. */
const NOTHING = 1e-13;

/**
 * The least cost of moving `supply` to `demand` (both sums 1), by successive shortest paths with potentials: each path is
 * the cheapest that is left, so what has been moved is always moved at least cost.
 * @param cost [supply, demand], none negative
 * @source Ahuja, Magnanti and Orlin, Network Flows, §9.7.
 */
export function transportCost(supply: Float64Array, demand: Float64Array, cost: Float64Array): number {
  const [m, k] = [supply.length, demand.length];
  if (cost.length !== m * k) throw new RangeError(`${cost.length} costs for ${m} × ${k}`);
  const [left, wanted] = [supply.slice(), demand.slice()];
  const flow = new Float64Array(m * k);
  // nodes: 0…m−1 supplies, m…m+k−1 demands
  const potential = new Float64Array(m + k);
  const distance = new Float64Array(m + k);
  const before = new Int32Array(m + k);
  while (left.some((mass) => mass > NOTHING) && wanted.some((mass) => mass > NOTHING)) {
    const end = cheapest({ m, k, left, wanted, cost, flow, potential, distance, before });
    if (end < 0) break;
    const reach = distance[end] as number;
    for (let v = 0; v < m + k; v++) potential[v] = (potential[v] as number) + Math.min(distance[v] as number, reach);
    augment(m, k, end, left, wanted, flow, before);
  }
  return flow.reduce((sum, mass, i) => sum + mass * (cost[i] as number), 0);
}

interface Network {
  readonly m: number;
  readonly k: number;
  readonly left: Float64Array;
  readonly wanted: Float64Array;
  readonly cost: Float64Array;
  readonly flow: Float64Array;
  readonly potential: Float64Array;
  readonly distance: Float64Array;
  /** The node before each on its path; −1 where a path begins. */
  readonly before: Int32Array;
}

/** Dijkstra from all supplies with mass to the nearest demand that wants some; −1 where there is none. */
function cheapest(network: Network): number {
  const { m, k, left, wanted, cost, flow, potential, distance, before } = network;
  const size = m + k;
  const done = new Uint8Array(size);
  distance.fill(Number.POSITIVE_INFINITY);
  before.fill(-1);
  for (let i = 0; i < m; i++) if ((left[i] as number) > NOTHING) distance[i] = 0;
  for (;;) {
    let at = -1;
    for (let v = 0; v < size; v++) {
      const near = distance[v] as number;
      if (done[v] === 0 && near < (at < 0 ? Number.POSITIVE_INFINITY : (distance[at] as number))) at = v;
    }
    if (at < 0) return -1;
    done[at] = 1;
    if (at >= m && (wanted[at - m] as number) > NOTHING) return at;
    const here = (distance[at] as number) + (potential[at] as number);
    const relax = (to: number, price: number) => {
      if (done[to] === 1) return;
      const reached = Math.max(distance[at] as number, here + price - (potential[to] as number));
      if (reached < (distance[to] as number)) {
        distance[to] = reached;
        before[to] = at;
      }
    };
    if (at < m) for (let j = 0; j < k; j++) relax(m + j, cost[at * k + j] as number);
    else {
      const j = at - m;
      for (let i = 0; i < m; i++) if ((flow[i * k + j] as number) > NOTHING) relax(i, -(cost[i * k + j] as number));
    }
  }
}

function augment(
  m: number,
  k: number,
  end: number,
  left: Float64Array,
  wanted: Float64Array,
  flow: Float64Array,
  before: Int32Array,
): void {
  let mass = wanted[end - m] as number;
  let start = end;
  for (let v = end; (before[v] as number) >= 0; v = before[v] as number) {
    const u = before[v] as number;
    if (u >= m) mass = Math.min(mass, flow[v * k + (u - m)] as number);
    start = u;
  }
  mass = Math.min(mass, left[start] as number);
  for (let v = end; (before[v] as number) >= 0; v = before[v] as number) {
    const u = before[v] as number;
    const at = u < m ? u * k + (v - m) : v * k + (u - m);
    flow[at] = (flow[at] as number) + (u < m ? mass : -mass);
  }
  left[start] = (left[start] as number) - mass;
  wanted[end - m] = (wanted[end - m] as number) - mass;
}

/** A data set as its classes: their mean features and how many images each has. */
export interface ClassMeans {
  /** [classes, features] */
  readonly means: Float64Array;
  readonly counts: readonly number[];
}

/**
 * Earth mover's distance of two data sets: classes weigh as many images as they have, and moving one to another costs the
 * Euclidean distance of their mean features. Classes without images are left out.
 * @source Cui et al. 2018, arXiv:1806.06193, §4.1.
 */
export function classDistance(a: ClassMeans, b: ClassMeans): number {
  const [first, second] = [filled(a), filled(b)];
  const cost = new Float64Array(first.rows.length * second.rows.length);
  first.rows.forEach((x, i) => {
    second.rows.forEach((y, j) => {
      cost[i * second.rows.length + j] = Math.hypot(...x.map((value, at) => value - (y[at] as number)));
    });
  });
  return transportCost(first.weights, second.weights, cost);
}

function filled({ means, counts }: ClassMeans): { readonly rows: readonly number[][]; readonly weights: Float64Array } {
  const width = means.length / counts.length;
  const kept = counts.flatMap((count, c) => (count > 0 ? [{ count, c }] : []));
  const total = kept.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) throw new RangeError("a data set without images has no distance");
  return {
    rows: kept.map(({ c }) => Array.from(means.subarray(c * width, (c + 1) * width))),
    weights: Float64Array.from(kept, ({ count }) => count / total),
  };
}
