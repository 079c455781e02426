/**
 * What is ready to start, in the order in which it should: a balanced tree (a treap) whose every node knows the least
 * that anything below it takes, so that the first that fits is found without looking at all that does not.
 */

/** What one start takes. */
export interface Want {
  /** Host bytes where it computes in the host's memory. */
  readonly whole: number;
  /** Host bytes where its device has a memory of its own. */
  readonly host: number;
  /** Bytes of that memory. */
  readonly own: number;
  readonly seconds: number;
}

/** Room on a place; on one that computes in the host's memory, `own` is undefined. */
export interface Gap {
  readonly place: number;
  readonly host: number;
  readonly own: number | undefined;
  /** What runs longer does not fit. */
  readonly seconds: number;
}

interface TreeNode<T> {
  readonly item: T;
  readonly want: Want;
  readonly weight: number;
  left: TreeNode<T> | undefined;
  right: TreeNode<T> | undefined;
  least: Want;
}
type Tree<T> = TreeNode<T> | undefined;

/** No search looks at more than this: of little that fits among very much that does not, some may be missed. */
export const MOST_VISITED = 256;

export function fits(want: Want, { host, own, seconds }: Gap): boolean {
  if (want.seconds > seconds) return false;
  return own === undefined ? want.whole <= host : want.host <= host && want.own <= own;
}

export class ReadyTree<T> {
  private root: Tree<T>;
  private inserted = 0;
  private looked = 0;

  /** @param before a strict total order that never changes for items that are here */
  constructor(private readonly before: (a: T, b: T) => boolean) {}

  /** Nodes looked at so far. */
  get visits(): number {
    return this.looked;
  }

  insert(item: T, want: Want): void {
    // a bijection of the integers scrambled enough to balance the tree, and the same in every run
    const weight = Math.imul(++this.inserted, 0x9e3779b1) >>> 0;
    const [left, right] = this.split(this.root, item);
    const added = { item, want, weight, left: undefined, right: undefined, least: want };
    this.root = this.merge(this.merge(left, added), right);
  }

  remove(item: T): void {
    this.root = this.without(this.root, item);
  }

  first(): T | undefined {
    let node = this.root;
    while (node?.left !== undefined) node = this.visited(node.left);
    return node?.item;
  }

  /** The first that fits one of the gaps. */
  firstWithin(gaps: readonly Gap[]): T | undefined {
    const most = this.looked + MOST_VISITED;
    const search = (node: Tree<T>): T | undefined => {
      if (node === undefined || this.looked >= most) return undefined;
      this.looked += 1;
      if (!gaps.some((gap) => fits(node.least, gap))) return undefined;
      const earlier = search(node.left);
      if (earlier !== undefined) return earlier;
      return gaps.some((gap) => fits(node.want, gap)) ? node.item : search(node.right);
    };
    return search(this.root);
  }

  /** Those before `item`, and the rest. */
  private split(node: Tree<T>, item: T): readonly [Tree<T>, Tree<T>] {
    if (node === undefined) return [undefined, undefined];
    this.looked += 1;
    if (this.before(node.item, item)) {
      const [left, right] = this.split(node.right, item);
      node.right = left;
      return [measured(node), right];
    }
    const [left, right] = this.split(node.left, item);
    node.left = right;
    return [left, measured(node)];
  }

  /** All of `left` come before all of `right`. */
  private merge(left: Tree<T>, right: Tree<T>): Tree<T> {
    if (left === undefined) return right;
    if (right === undefined) return left;
    this.looked += 1;
    if (left.weight > right.weight) {
      left.right = this.merge(left.right, right);
      return measured(left);
    }
    right.left = this.merge(left, right.left);
    return measured(right);
  }

  private without(node: Tree<T>, item: T): Tree<T> {
    if (node === undefined) return undefined;
    this.looked += 1;
    if (node.item === item) return this.merge(node.left, node.right);
    if (this.before(item, node.item)) node.left = this.without(node.left, item);
    else node.right = this.without(node.right, item);
    return measured(node);
  }

  private visited(node: TreeNode<T>): TreeNode<T> {
    this.looked += 1;
    return node;
  }
}

function measured<T>(node: TreeNode<T>): TreeNode<T> {
  node.least = least(least(node.want, node.left?.least), node.right?.least);
  return node;
}

function least(a: Want, b: Want | undefined): Want {
  if (b === undefined) return a;
  return {
    whole: Math.min(a.whole, b.whole),
    host: Math.min(a.host, b.host),
    own: Math.min(a.own, b.own),
    seconds: Math.min(a.seconds, b.seconds),
  };
}
