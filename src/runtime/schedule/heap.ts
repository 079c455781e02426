/** A binary heap: the smallest by `before` comes out first. */
export class Heap<T> {
  private readonly items: T[] = [];

  constructor(private readonly before: (a: T, b: T) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  push(item: T): void {
    this.items.push(item);
    let index = this.items.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  pop(): T | undefined {
    const top = this.items[0];
    const last = this.items.pop();
    if (last === undefined || this.items.length === 0) return top;
    this.items[0] = last;
    let index = 0;
    for (;;) {
      const child = this.smallerChild(index);
      if (child === undefined || !this.swapIfBefore(child, index)) return top;
      index = child;
    }
  }

  private smallerChild(index: number): number | undefined {
    const left = this.items[2 * index + 1];
    const right = this.items[2 * index + 2];
    if (left === undefined) return undefined;
    return right !== undefined && this.before(right, left) ? 2 * index + 2 : 2 * index + 1;
  }

  private swapIfBefore(index: number, other: number): boolean {
    const a = this.items[index];
    const b = this.items[other];
    if (a === undefined || b === undefined || !this.before(a, b)) return false;
    this.items[index] = b;
    this.items[other] = a;
    return true;
  }
}
