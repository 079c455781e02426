/** A word people bring from PyTorch, timm, Keras or scikit-learn, and what stands here in its place. */
export interface Habit {
  /** It is told where this may stand; one word may mean several things in several places. */
  readonly here: string;
  /** Lower case, with a space between them; written with or without `_`. */
  readonly words: string;
  /** What to write, as a hint. */
  readonly says: string;
}
