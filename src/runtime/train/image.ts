/** An image being augmented: planes of floats in [0, 1]. */
export interface FloatImage {
  readonly channels: number;
  size: number;
  /** channels × size × size; what lies behind is scratch. */
  data: Float32Array;
}

/** Numbers for one image in one epoch, each drawn where it is asked for. */
export type Draw = () => number;

/** Even in [low, high). */
export function between(draw: Draw, low: number, high: number): number {
  return low + (high - low) * draw();
}
