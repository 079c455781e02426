import { describe, expect, it } from "vitest";
import { complaintOf, EngineError } from "../../../src/runtime/engine/errors.js";
import { failureKind } from "../../../src/runtime/engine/failures.js";

const SOURCE =
  "/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*)";

describe("a native library's complaint", () => {
  it.each([
    ["memory", "std::bad_alloc"],
    ["memory", `Exp node. Status Message: ${SOURCE} Failed to allocate memory for requested buffer of size 2457600000`],
    ["memory", "OOM when allocating tensor with shape[64,2048,7,7] and type float on /job:localhost/device:GPU:0"],
    ["memory", "RESOURCE_EXHAUSTED: failed to allocate memory"],
    ["memory", "CUDA failure 2: out of memory ; GPU=0 ; hostname=node7"],
    ["memory", "CUDA_ERROR_OUT_OF_MEMORY: out of memory"],
    ["memory", "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED"],
    ["memory", "WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error."],
    ["memory", "Buffer size (17179869184) exceeds the max buffer size limit (4294967296)."],
    ["memory", "vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY"],
    ["memory", "Array buffer allocation failed"],
    ["memory", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"],
    ["device", "Failed to download data from buffer. wgpu::MapAsyncStatus value: 4, message: [Device] is lost."],
    ["device", "CUDA failure 719: unspecified launch failure ; GPU=0"],
    ["device", "CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access was encountered"],
    ["other", "Non-zero status code returned while running Gather node. indices element out of data bounds"],
    ["other", "image 7 is corrupt"],
  ] as const)("is of %s: %s", (kind, words) => {
    expect(failureKind(new EngineError("program `step` failed", new Error(words)))).toBe(kind);
    expect(failureKind(words)).toBe(kind);
  });

  it("is shown without the place in its source", () => {
    const words = `Non-zero status code returned while running Exp node. Name:'Exp.2' Status Message: ${SOURCE} Failed to allocate memory for requested buffer of size 9\n`;
    expect(complaintOf(new Error(words))).toBe("Exp: Failed to allocate memory for requested buffer of size 9");
    const lost =
      "/onnxruntime_src/onnxruntime/core/providers/webgpu/buffer_manager.cc:641 void onnxruntime::webgpu::BufferManager::Download(WGPUBuffer, void*, size_t) const map_async_result.status == wgpu::MapAsyncStatus::Success was false. Failed to download data from buffer.";
    expect(complaintOf(lost)).toBe("Failed to download data from buffer.");
    expect(complaintOf("plain words\nand more")).toBe("plain words");
  });
});
