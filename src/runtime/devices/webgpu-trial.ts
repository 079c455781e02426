/** What the process that tries WebGPU is asked and answers. */

export type WebGpuTrial =
  /** `words` are onnxruntime's about a tensor no adapter holds. */
  { readonly status: "works"; readonly words: string } | { readonly status: "refused"; readonly message: string };

/** 64 GiB, just below where onnxruntime's 32-bit counts of four-element vectors end. */
export const ABSURD_SHAPE = [2 ** 24 - 2 ** 10, 1024] as const;
export const ABSURD_BYTES = ABSURD_SHAPE[0] * ABSURD_SHAPE[1] * 4;
