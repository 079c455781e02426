/** The k most similar items of a bank that is seen a part at a time, for many queries. */

/** Equally similar items are ordered by their place in the bank, the earlier nearer. */
export class Nearest {
  readonly #similarity: Float64Array;
  readonly #place: Int32Array;
  readonly #size: Int32Array;

  constructor(
    readonly queries: number,
    readonly k: number,
  ) {
    this.#similarity = new Float64Array(queries * k);
    this.#place = new Int32Array(queries * k);
    this.#size = new Int32Array(queries);
  }

  /** Similarities of one query with items `from`, `from + 1`, … of the bank; parts come in the bank's order. */
  see(query: number, from: number, similarity: Float64Array): void {
    const { k } = this;
    const start = query * k;
    const values = this.#similarity.subarray(start, start + k);
    const places = this.#place.subarray(start, start + k);
    let size = this.#size[query] as number;
    for (let i = 0; i < similarity.length; i++) {
      const value = similarity[i] as number;
      if (size < k) {
        rise(values, places, size, value, from + i);
        size += 1;
      } else if (value > (values[0] as number)) {
        sink(values, places, k, value, from + i);
      }
    }
    this.#size[query] = size;
  }

  /** Nearest first. */
  of(query: number): readonly { readonly place: number; readonly similarity: number }[] {
    const start = query * this.k;
    const size = this.#size[query] as number;
    return Array.from({ length: size }, (_, i) => ({
      place: this.#place[start + i] as number,
      similarity: this.#similarity[start + i] as number,
    })).sort((a, b) => b.similarity - a.similarity || a.place - b.place);
  }
}

/** A heap whose root is the worst that is kept: the least similar, and of these the latest. */
const worse = (value: number, place: number, other: number, otherPlace: number) =>
  value < other || (value === other && place > otherPlace);

function rise(values: Float64Array, places: Int32Array, size: number, value: number, place: number): void {
  let at = size;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!worse(value, place, values[parent] as number, places[parent] as number)) break;
    values[at] = values[parent] as number;
    places[at] = places[parent] as number;
    at = parent;
  }
  values[at] = value;
  places[at] = place;
}

/** In the root's stead. */
function sink(values: Float64Array, places: Int32Array, size: number, value: number, place: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    const right = child + 1;
    if (
      right < size &&
      worse(values[right] as number, places[right] as number, values[child] as number, places[child] as number)
    ) {
      child = right;
    }
    if (!worse(values[child] as number, places[child] as number, value, place)) break;
    values[at] = values[child] as number;
    places[at] = places[child] as number;
    at = child;
  }
  values[at] = value;
  places[at] = place;
}
