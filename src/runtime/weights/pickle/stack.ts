/** A pickle machine's stack, with marks where something not yet finished begins. */

import type { Refuse } from "./calls.js";
import type { PickleValue } from "./values.js";

export class Stack {
  readonly #values: PickleValue[] = [];
  /** Heights of the stack. */
  readonly #marks: number[] = [];

  constructor(private readonly refuse: Refuse) {}

  push(value: PickleValue): void {
    this.#values.push(value);
  }

  mark(): void {
    this.#marks.push(this.#values.length);
  }

  /** Never below the last mark: what lies there belongs to something else. */
  pop(): PickleValue {
    const [value = null] = this.popMany(1);
    return value;
  }

  top(): PickleValue {
    const value = this.pop();
    this.push(value);
    return value;
  }

  popMany(count: number): PickleValue[] {
    const floor = this.#marks.at(-1) ?? 0;
    if (this.#values.length - floor < count) return this.refuse("it takes more than it has put down");
    return this.#values.splice(this.#values.length - count, count);
  }

  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    return mark === undefined ? this.refuse("it closes what it never opened") : this.#values.splice(mark);
  }

  /** A value, or the mark where that is on top. */
  drop(): void {
    if (this.#marks.at(-1) === this.#values.length) this.#marks.pop();
    else this.pop();
  }
}
