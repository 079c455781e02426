import { extentOf, sizeOf } from "../shape.js";
import type { Kernels } from "./kernel.js";
import { type Tensor, zeros } from "./tensor.js";

/** Calls back with every element's index, its channel, in an N×C×H×W tensor. */
function eachChannelElement(x: Tensor, visit: (index: number, channel: number) => void): void {
  const channels = extentOf(x.shape, 1);
  const plane = x.data.length / (extentOf(x.shape, 0) * channels);
  for (let i = 0; i < x.data.length; i++) visit(i, Math.floor(i / plane) % channels);
}

const scalarOf = (tensor: Tensor): number => tensor.data[0] ?? Number.NaN;

const square = (x: number): number => x * x;

export const training: Kernels<
  "batchNorm" | "batchNormGrad" | "layerNorm" | "layerNormGrad" | "sumSquares" | "adam" | "sgd"
> = {
  batchNorm: ({ attributes, input }) => {
    const [x, scale, shift] = [input(0), input(1), input(2)];
    const [y, mean, variance] = [zeros(x.shape), zeros(scale.shape), zeros(scale.shape)];
    const count = x.data.length / scale.data.length;
    const at = (tensor: Tensor, channel: number) => tensor.data[channel] ?? 0;
    eachChannelElement(x, (i, c) => {
      mean.data[c] = at(mean, c) + (x.data[i] ?? 0) / count;
    });
    eachChannelElement(x, (i, c) => {
      variance.data[c] = at(variance, c) + square((x.data[i] ?? 0) - at(mean, c)) / count;
    });
    eachChannelElement(x, (i, c) => {
      const normal = ((x.data[i] ?? 0) - at(mean, c)) / Math.sqrt(at(variance, c) + attributes.epsilon);
      y.data[i] = normal * at(scale, c) + at(shift, c);
    });
    return [y, mean, variance];
  },
  batchNormGrad: ({ attributes, input }) => {
    const [dy, x, scale, mean, variance] = [input(0), input(1), input(2), input(3), input(4)];
    const [dx, dscale, dshift] = [zeros(x.shape), zeros(scale.shape), zeros(scale.shape)];
    const count = x.data.length / scale.data.length;
    const at = (tensor: Tensor, channel: number) => tensor.data[channel] ?? 0;
    const deviation = variance.data.map((v) => Math.sqrt(v + attributes.epsilon));
    const normal = (i: number, c: number) => ((x.data[i] ?? 0) - at(mean, c)) / (deviation[c] ?? 1);
    eachChannelElement(x, (i, c) => {
      dshift.data[c] = at(dshift, c) + (dy.data[i] ?? 0);
      dscale.data[c] = at(dscale, c) + (dy.data[i] ?? 0) * normal(i, c);
    });
    eachChannelElement(x, (i, c) => {
      const centred = (dy.data[i] ?? 0) - (at(dshift, c) + normal(i, c) * at(dscale, c)) / count;
      dx.data[i] = (centred * at(scale, c)) / (deviation[c] ?? 1);
    });
    return [dx, dscale, dshift];
  },
  layerNorm: ({ attributes, input, shapes }) => {
    const [x, scale, shift] = [input(0), input(1), input(2)];
    const width = scale.data.length;
    const rowShape = shapes[1] ?? [];
    const [y, mean, reciprocal] = [zeros(x.shape), zeros(rowShape), zeros(rowShape)];
    for (let row = 0; row < x.data.length / width; row++) {
      const values = x.data.subarray(row * width, (row + 1) * width);
      const centre = values.reduce((sum, value) => sum + value, 0) / width;
      const spread = values.reduce((sum, value) => sum + square(value - centre), 0) / width;
      const r = 1 / Math.sqrt(spread + attributes.epsilon);
      values.forEach((value, i) => {
        y.data[row * width + i] = (value - centre) * r * (scale.data[i] ?? 0) + (shift.data[i] ?? 0);
      });
      mean.data[row] = centre;
      reciprocal.data[row] = r;
    }
    return [y, mean, reciprocal];
  },
  layerNormGrad: ({ input }) => {
    const [dy, x, scale, mean, reciprocal] = [input(0), input(1), input(2), input(3), input(4)];
    const width = scale.data.length;
    const [dx, dscale, dshift] = [zeros(x.shape), zeros(scale.shape), zeros(scale.shape)];
    for (let row = 0; row < x.data.length / width; row++) {
      const [centre, r] = [mean.data[row] ?? 0, reciprocal.data[row] ?? 0];
      const normal = (i: number) => ((x.data[row * width + i] ?? 0) - centre) * r;
      const scaled = (i: number) => (dy.data[row * width + i] ?? 0) * (scale.data[i] ?? 0);
      let [total, dot] = [0, 0];
      for (let i = 0; i < width; i++) {
        const gradient = dy.data[row * width + i] ?? 0;
        dshift.data[i] = (dshift.data[i] ?? 0) + gradient;
        dscale.data[i] = (dscale.data[i] ?? 0) + gradient * normal(i);
        total += scaled(i);
        dot += scaled(i) * normal(i);
      }
      for (let i = 0; i < width; i++) dx.data[row * width + i] = r * (scaled(i) - (total + normal(i) * dot) / width);
    }
    return [dx, dscale, dshift];
  },
  sumSquares: ({ inputs, shape }) => {
    let total = 0;
    for (const { data } of inputs) for (const x of data) total += x * x;
    return [{ shape, data: Float64Array.of(total) }];
  },
  adam: ({ attributes, input, shape }) => {
    const { beta1, beta2, epsilon, l2, weightDecay } = attributes;
    const [parameter, gradient, m, v] = [input(0).data, input(1).data, input(2).data, input(3).data];
    const [rate, correction1, correction2] = [scalarOf(input(4)), scalarOf(input(5)), scalarOf(input(6))];
    const size = sizeOf(shape);
    const next = { p: new Float64Array(size), m: new Float64Array(size), v: new Float64Array(size) };
    for (let i = 0; i < size; i++) {
      const p = parameter[i] ?? 0;
      const g = (gradient[i] ?? 0) + l2 * p;
      const first = beta1 * (m[i] ?? 0) + (1 - beta1) * g;
      const second = beta2 * (v[i] ?? 0) + (1 - beta2) * g * g;
      const denominator = Math.sqrt(second / correction2) + epsilon;
      next.p[i] = p * (1 - rate * weightDecay) - (rate * (first / correction1)) / denominator;
      next.m[i] = first;
      next.v[i] = second;
    }
    return [next.p, next.m, next.v].map((data) => ({ shape, data }));
  },
  sgd: ({ attributes, input, shape }) => {
    const { momentum, nesterov, l2 } = attributes;
    const [parameter, gradient, velocity] = [input(0).data, input(1).data, input(2).data];
    const rate = scalarOf(input(3));
    const size = sizeOf(shape);
    const next = { p: new Float64Array(size), velocity: new Float64Array(size) };
    for (let i = 0; i < size; i++) {
      const p = parameter[i] ?? 0;
      const g = (gradient[i] ?? 0) + l2 * p;
      const moved = momentum * (velocity[i] ?? 0) + g;
      next.p[i] = p - rate * (nesterov ? g + momentum * moved : moved);
      next.velocity[i] = moved;
    }
    return [next.p, next.velocity].map((data) => ({ shape, data }));
  },
};
