/** Gabor filters for a first convolution: cosine waves in a Gaussian window, of drawn direction, length and phase. */

import type { TensorData } from "../../program/types.js";
import { cosineOfDegrees, portableExp, portableLog, sineOfDegrees } from "../random/elementary.js";
import type { Stream } from "../random/stream.js";

/** The window's deviation in wavelengths, for a bandwidth of one octave: √(ln 2 / 2) · 3 / π. */
const WINDOW = 0.5622;
/** Shorter waves are not seen by pixels, px. */
const SHORTEST = 2.5;

/**
 * exp(−(x² + y²) / 2σ²) · cos(2π(x cos θ + y sin θ) / λ + φ), the same for all input channels, every filter scaled to the
 * mean square of He's draw, 2 / fan in. Of output i, θ is uniform in half a turn, λ is drawn evenly on log from 2.5 px to
 * the window's size, σ = 0.56 λ (one octave), φ is uniform.
 * @param fanIn weights an output reads
 * @source Gabor filters in place of pretrained ones: Raghu et al. 2019, arXiv:1902.07208, appendix; the bandwidth's σ as
 * in scikit-image's `gabor_kernel`.
 */
export function gaborFilters(shape: readonly number[], fanIn: number, stream: Stream): TensorData {
  const [outputs, channels, height, width] = shape as readonly [number, number, number, number];
  const data = new Float32Array(outputs * channels * height * width);
  const uniforms = stream.uniforms(3 * outputs);
  const octaves = portableLog(Math.max(height, width) / SHORTEST);
  const filter = new Float64Array(height * width);
  for (let o = 0; o < outputs; o++) {
    const [angle, length, phase] = [0, 1, 2].map((i) => uniforms[3 * o + i] as number) as [number, number, number];
    const wavelength = SHORTEST * portableExp(length * octaves);
    const [cosine, sine] = [cosineOfDegrees(180 * angle), sineOfDegrees(180 * angle)];
    const spread = 2 * (WINDOW * wavelength) ** 2;
    let squares = 0;
    for (let i = 0; i < filter.length; i++) {
      const y = Math.floor(i / width) - (height - 1) / 2;
      const x = (i % width) - (width - 1) / 2;
      const wave = cosineOfDegrees(360 * ((x * cosine + y * sine) / wavelength + phase));
      const value = portableExp(-(x * x + y * y) / spread) * wave;
      filter[i] = value;
      squares += value * value;
    }
    const scale = Math.sqrt((2 / fanIn) * (filter.length / squares));
    for (let c = 0; c < channels; c++) {
      const from = (o * channels + c) * filter.length;
      for (let i = 0; i < filter.length; i++) data[from + i] = (filter[i] as number) * scale;
    }
  }
  return { shape, data };
}
