/** Of `xferc/plugin`: a probe. */

import type { ParameterSchema, Task } from "../../catalog/types.js";
import type { NoNumber } from "./api.js";

/** @typeParam G what `gather` gives, or `ProbeState` where tensors are read */
export interface PluginProbe<G = unknown> {
  /** As a study writes it: `measure dead = zeros(selected)`. */
  readonly id: string;
  /** Raise it when its numbers change on purpose; 1 unless given. */
  readonly version?: number;
  readonly doc: string;
  /** What results call the way it measures, with the version; its id unless given. */
  readonly estimator?: string;
  readonly parameters?: { readonly [name: string]: ParameterSchema };
  readonly required?: readonly string[];
  /** How many states it compares: `state`, or `first` and `second`. 1 unless given. */
  readonly states?: 1 | 2;
  /**
   * What of every image it is given, of its states, or `tensors`: the states themselves, and no image. `flat`: all numbers
   * of a layer; `pooled`: their mean over space or tokens; `embedding`: what the head reads.
   */
  readonly reads: "tensors" | readonly ("flat" | "pooled" | "embedding" | "logits")[];
  /** Patterns of layers, as in studies: `"layer4.*"`. All unless given; of `flat` and `pooled`. */
  readonly layers?: readonly string[];
  /** Gives numbers for every layer. */
  readonly byLayer?: true;
  /** Names of what it gives several of, with a sentence each; they become the axis `number`. */
  readonly numbers?: { readonly [name: string]: string };
  /** Reads a sample of so many images, drawn once a seed, unless the study says `images:`; all where it is not given. */
  readonly sample?: number;
  /** Called once a state before its images; needed where images are read. */
  gather?(about: ProbeAbout): G & ProbeReader;
  /** The numbers, of what was gathered of each state, or of the states. The same argument, the same bits. */
  measure(about: ProbeAbout, first: G, second: G): ProbeNumbers;
}

/** Sees the images of one state in their order, one at a time. */
export interface ProbeReader {
  see(image: ProbeImage): void;
}

export interface ProbeAbout {
  /** What the study gave, with defaults. */
  readonly params: { readonly [name: string]: unknown };
  readonly layers: readonly ProbeLayer[];
  readonly model: {
    readonly classes: number;
    /** [channels, height, width] */
    readonly input: readonly number[];
    readonly parameterCount: number;
    readonly tensors: readonly {
      readonly name: string;
      readonly shape: readonly number[];
      readonly role: string;
      /** Where it sits: a unit's name, or `head`. */
      readonly unit: string;
    }[];
  };
  /** How many are seen; 0 where it reads tensors. */
  readonly images: number;
  /** Of the images. */
  readonly task: Task;
}

export interface ProbeLayer {
  readonly name: string;
  /** Of one image. */
  readonly shape: readonly number[];
  readonly classToken: boolean;
  readonly tensors: readonly string[];
}

/** Arrays are the plug-in's own. */
export interface ProbeImage {
  /** Its position in the split, from 0. */
  readonly index: number;
  /** A class; −1 where an image has several labels. */
  readonly label: number;
  /** Of several labels: 1, 0, or −1 where it is not known. */
  readonly labels: Int32Array;
  /** By layer. */
  readonly flat: { readonly [layer: string]: Float32Array };
  readonly pooled: { readonly [layer: string]: Float32Array };
  readonly embedding: Float32Array;
  readonly logits: Float32Array;
}

/** A state's tensors by name. */
export type ProbeState = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

export type ProbeNumber = number | NoNumber;
/** Of `numbers`: by name. */
export type ProbeNamed = ProbeNumber | { readonly [name: string]: ProbeNumber };
/** `byLayer`: by layer. */
export type ProbeNumbers = ProbeNamed | { readonly [layer: string]: ProbeNamed };
