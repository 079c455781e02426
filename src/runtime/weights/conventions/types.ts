/**
 * How people who published weights named their tensors, where that is not how timm does. One table a family, applied to
 * what the tensors are called and to nothing else; the names on the right are timm's.
 */

export interface Convention {
  /** `Swin as first published`: for notes and errors. */
  readonly title: string;
  /** Patterns of which each names some tensor of such a file; see `matches`. */
  readonly signs: readonly RegExp[];
  /** Tensors the network has no use for; left out, and said so. */
  readonly drop?: readonly { readonly names: RegExp; readonly why: string }[];
  /** In order; each is applied to every name. */
  readonly rename?: readonly { readonly from: RegExp; readonly to: (...groups: readonly string[]) => string }[];
  /** Networks that look alike and are others. */
  readonly refuse?: { readonly names: RegExp; readonly why: string; readonly hint: string };
}

export function matches({ signs }: Convention, names: readonly string[]): boolean {
  return signs.every((sign) => names.some((name) => sign.test(name)));
}
