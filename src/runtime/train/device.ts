/**
 * Augmentation on the device: what the draws of a batch come to as numbers a program is fed (program/augment). The host
 * draws as it always does; the same images come out, to rounding.
 */

import {
  type AugmentPart,
  type AugmentPlan,
  type FeedSpec,
  NORMAL_SCALE,
  NORMAL_SHIFT,
  PIXELS,
  partFeeds,
} from "../../program/augment/index.js";
import { sizeOf } from "../../program/shape.js";
import type { TensorData } from "../../program/types.js";
import type { EngineOptions } from "../engine/types.js";
import { sourcesOf } from "./affine.js";
import type { AugmentStep, Drawn } from "./augment.js";
import { type AugmentedBatch, type BatchSource, checkImages, drawnFor } from "./batches.js";
import type { ColorChange } from "./color.js";
import { type Erasure, erase } from "./erase.js";

/** On a processor the host's own loops are as quick, and a program would only repeat them. */
export function augmentsOnDevice(device: EngineOptions["device"]): boolean {
  return device !== "cpu";
}

/** A part of the program and the steps of the recipe, by position, that it stands for. */
interface Segment {
  readonly part: AugmentPart;
  readonly steps: readonly number[];
}

/** Crops and flips next to each other are one resampling, up to the next crop; the rest is as in the recipe. */
function segmentsOf(steps: readonly AugmentStep[], size: number, channels: number): readonly Segment[] {
  const segments: Segment[] = [];
  let current = size;
  let open: { steps: number[]; cropped: boolean } | undefined;
  const close = () => {
    if (open !== undefined) segments.push({ part: { kind: "resample", to: current }, steps: open.steps });
    open = undefined;
  };
  for (const [index, step] of steps.entries()) {
    switch (step.kind) {
      case "crop":
        if (open?.cropped) close();
        open = { steps: [...(open?.steps ?? []), index], cropped: true };
        current = step.crop.size;
        break;
      case "flip":
        open = { steps: [...(open?.steps ?? []), index], cropped: open?.cropped ?? false };
        break;
      case "jitter": {
        close();
        const { brightness, contrast, saturation, hue } = step.jitter;
        const changes = [brightness, contrast, saturation, hue].filter((strength) => strength > 0).length;
        if (changes > 0) segments.push({ part: { kind: "jitter", changes, hue: hue > 0 }, steps: [index] });
        break;
      }
      case "grayscale":
        close();
        segments.push({ part: { kind: "grayscale" }, steps: [index] });
        break;
      case "rotate":
      case "affine":
        close();
        segments.push({ part: { kind: "warp", size: current, options: step.style }, steps: [index] });
        break;
      case "blur":
        close();
        segments.push({ part: { kind: "blur", radius: step.blur.radius }, steps: [index] });
        break;
      case "erase": {
        close();
        const { value } = step.erase;
        const given = value === "random" ? { shape: [channels, current, current] } : value;
        segments.push({ part: { kind: "erase", value: given }, steps: [index] });
        break;
      }
      case "none":
        break;
      default:
        step satisfies never;
    }
  }
  close();
  return segments;
}

export class DeviceAugmentation {
  readonly plan: AugmentPlan;
  readonly #segments: readonly Segment[];

  /** @throws TrainingError where the images do not fit the model */
  constructor(source: BatchSource, steps: readonly AugmentStep[]) {
    checkImages(source);
    const { images, model } = source;
    const { size } = images.info;
    this.#segments = segmentsOf(steps, size, model.channels);
    const parts = this.#segments.map(({ part }) => part);
    this.plan = { channels: model.channels, from: size, to: model.size, parts };
  }

  /** Everything a program with `plan` is fed for a batch. */
  feeds(source: BatchSource, indices: ArrayLike<number>, batch: AugmentedBatch): { [name: string]: TensorData } {
    const count = indices.length;
    const { channels, from } = this.plan;
    const vector = (values: ArrayLike<number>): TensorData => ({
      shape: [channels],
      data: Float32Array.from({ length: channels }, (_, c) => values[c] ?? 0),
    });
    const feeds: { [name: string]: TensorData } = {
      [PIXELS]: pixelBatch(source, indices),
      [NORMAL_SCALE]: vector(source.normalization.scale),
      [NORMAL_SHIFT]: vector(source.normalization.shift),
    };
    const drawn = Array.from({ length: count }, (_, n) => drawnFor(source, indices[n] ?? 0, batch));
    let size = from;
    this.#segments.forEach(({ part, steps }, index) => {
      const specs = partFeeds(part, index, count);
      const out = new Map(Object.entries(specs).map(([role, spec]) => [role, new Writer(spec, count)]));
      for (const own of drawn) {
        const taken = steps.flatMap((step) => own[step] ?? []);
        writePart(part, taken, { size, channels, write: (role, numbers) => out.get(role)?.push(numbers) });
      }
      for (const writer of out.values()) feeds[writer.spec.name] = writer.tensor();
      if (part.kind === "resample") size = part.to;
    });
    return feeds;
  }
}

/** Fills a feed image by image. */
class Writer {
  readonly #data: Float32Array;
  #at = 0;
  constructor(
    readonly spec: FeedSpec,
    images: number,
  ) {
    this.#data = new Float32Array(images === 0 ? 0 : sizeOf(spec.shape));
  }
  push(numbers: ArrayLike<number>): void {
    this.#data.set(numbers, this.#at);
    this.#at += numbers.length;
  }
  tensor(): TensorData {
    return { shape: this.spec.shape, data: this.#data };
  }
}

/** i32 [count, C, S, S] */
function pixelBatch({ images }: BatchSource, indices: ArrayLike<number>): TensorData {
  const { channels, size } = images.info;
  const length = channels * size * size;
  const data = new Int32Array(indices.length * length);
  for (let i = 0; i < indices.length; i++) {
    const { data: bytes, offset } = images.at(indices[i] as number);
    data.set(bytes.subarray(offset, offset + length), i * length);
  }
  return { shape: [indices.length, channels, size, size], data };
}

interface ImageParts {
  readonly size: number;
  readonly channels: number;
  write(role: string, numbers: ArrayLike<number>): void;
}

function writePart(part: AugmentPart, drawn: readonly Drawn[], { size, channels, write }: ImageParts): void {
  switch (part.kind) {
    case "resample": {
      const { rows, columns } = resampling(drawn, size);
      write("rows", rows.centres());
      write("columns", columns.centres());
      write("rowWindow", rows.window());
      write("columnWindow", columns.window());
      return;
    }
    case "jitter": {
      const changes = drawn.flatMap((each) => (each.kind === "jitter" ? each.changes : []));
      for (let i = 0; i < part.changes; i++) write("changes", shares(changes[i], channels));
      return;
    }
    case "grayscale":
      write("applied", [drawn.some((each) => each.kind === "grayscale" && each.applied) ? 1 : 0]);
      return;
    case "warp":
      for (const each of drawn) {
        if (each.kind !== "warp") continue;
        const { columns, rows } = sourcesOf(each.inverse, size);
        write("columns", columns);
        write("rows", rows);
      }
      return;
    case "blur":
      for (const each of drawn) if (each.kind === "blur") write("sharpness", [each.sharpness]);
      return;
    case "erase":
      for (const each of drawn) {
        if (each.kind !== "erase") continue;
        write("box", boundsOf(each.erasure));
        if ("shape" in part.value) write("value", erased(each.erasure, channels, size));
      }
      return;
    default:
      part satisfies never;
  }
}

/** Rows and columns lie between the first two and the last two. */
function boundsOf(erasure: Erasure | undefined): readonly [number, number, number, number] {
  if (erasure === undefined) return [0, 0, 0, 0];
  const { top, left, rows, columns } = erasure.box;
  return [top - 0.5, top + rows - 0.5, left - 0.5, left + columns - 0.5];
}

/** What stands in the box; zeros around it. */
function erased(erasure: Erasure | undefined, channels: number, size: number): Float32Array {
  const image = { channels, size, data: new Float32Array(channels * size * size) };
  if (erasure !== undefined) erase(image, erasure);
  return image.data;
}

/** Shares of image, mean luma and luma, and the turn of the hue. */
function shares(change: ColorChange | undefined, channels: number): readonly [number, number, number, number] {
  switch (change?.kind) {
    case "brightness":
      return [change.by, 0, 0, 0];
    case "contrast":
      return [change.by, 1 - change.by, 0, 0];
    case "saturation":
      return channels === 3 ? [change.by, 0, 1 - change.by, 0] : [1, 0, 0, 0];
    case "hue":
      return [1, 0, 0, change.by];
    case undefined:
      return [1, 0, 0, 0];
  }
}

function resampling(drawn: readonly Drawn[], size: number): { readonly rows: Axis; readonly columns: Axis } {
  let [rows, columns] = [Axis.whole(size), Axis.whole(size)];
  for (const each of drawn) {
    if (each.kind === "flip") {
      if (each.down) rows = rows.mirrored();
      if (each.across) columns = columns.mirrored();
    } else if (each.kind === "crop") {
      const { top, left, rows: height, columns: width } = each.box;
      rows = rows.cut(top, height, each.size);
      columns = columns.cut(left, width, each.size);
    }
  }
  return { rows, columns };
}

/** Where the pixels of one axis come from: output i is centred at `first + i·step` in the image, pixel j at j + ½. */
class Axis {
  private constructor(
    readonly count: number,
    readonly first: number,
    readonly step: number,
    /** Pixels that may be read: low ≤ j < high. */
    readonly low: number,
    readonly high: number,
  ) {}

  static whole(size: number): Axis {
    return new Axis(size, 0.5, 1, 0, size);
  }

  mirrored(): Axis {
    return new Axis(this.count, this.first + (this.count - 1) * this.step, -this.step, this.low, this.high);
  }

  /** `extent` pixels from `start` on as `target` pixels; only of an axis that has not been resized yet. */
  cut(start: number, extent: number, target: number): Axis {
    const place = (position: number) => this.first + (position - 0.5) * this.step;
    const scale = extent / target;
    const [a, z] = [place(start), place(start + extent)];
    return new Axis(target, place(start + 0.5 * scale), scale * this.step, Math.min(a, z), Math.max(a, z));
  }

  /** [count, 2]: whole part and rest of each centre less ½. */
  centres(): Float32Array {
    const out = new Float32Array(2 * this.count);
    for (let i = 0; i < this.count; i++) {
      const centre = this.first + i * this.step - 0.5;
      const whole = Math.floor(centre);
      out[2 * i] = whole;
      out[2 * i + 1] = centre - whole;
    }
    return out;
  }

  /** Pixels between the first two numbers count; 1 over the filter's reach. */
  window(): readonly [number, number, number] {
    return [this.low - 0.5, this.high - 0.5, 1 / Math.max(1, Math.abs(this.step))];
  }
}
