/** What kind of failure a native library's complaint tells of. The words are theirs; what follows from it is ours. */

/**
 * - `memory`: the device, the process or a limit of either had no room; with a smaller batch it may have.
 * - `device`: the device is gone (reset, unplugged, its driver crashed); another process may find it again.
 * - `other`: anything else; trying again gives the same.
 */
export type FailureKind = "memory" | "device" | "other";

const MEMORY: readonly RegExp[] = [
  // onnxruntime on the cpu, and the C++ library below it
  /std::bad_alloc|bad allocation|Failed to allocate memory|Cannot allocate memory|pthread_create failed, error code: 1[12]\b/,
  // onnxruntime and TensorFlow on CUDA
  /out of memory|OOM when allocating|RESOURCE_EXHAUSTED|ResourceExhausted|STATUS_ALLOC_FAILED/i,
  // WebGPU: a buffer that was not made is an invalid one, and the first to use it complains
  /OUT_OF_(DEVICE|HOST)_MEMORY|\[Invalid Buffer[^\]]*\] is invalid due to a previous error/,
  /exceeds the max buffer size|Too many storage buffers in shader|too large for this WebGPU adapter/,
  // JavaScript's own
  /Array buffer allocation failed|Invalid typed array length|ERR_MEMORY_ALLOCATION_FAILED|heap limit Allocation failed/,
];

const DEVICE: readonly RegExp[] = [
  /\[Device\] is lost|device (is |was )?lost|DEVICE_LOST|DXGI_ERROR_DEVICE_(REMOVED|HUNG|RESET)/i,
  /CUDA_ERROR_(ILLEGAL_ADDRESS|LAUNCH_FAILED|ECC_UNCORRECTABLE|DEVICE_UNAVAILABLE)|unspecified launch failure/,
  /CUDA failure (46|214|700|719|999)\b|GPU is lost|fallen off the bus/,
];

/** By an error's message and those of its causes. */
export function failureKind(error: unknown): FailureKind {
  const text = wordsOf(error);
  if (DEVICE.some((pattern) => pattern.test(text))) return "device";
  return MEMORY.some((pattern) => pattern.test(text)) ? "memory" : "other";
}

function wordsOf(error: unknown): string {
  const words: string[] = [];
  for (let one: unknown = error; one !== undefined && words.length < 8; ) {
    words.push(one instanceof Error ? `${one.name}: ${one.message}` : String(one));
    one = one instanceof Error ? one.cause : undefined;
  }
  return words.join("\n");
}
