/** Of codecs that come without types: as much as is used of them. */

interface WasmFrame {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
}
interface WasmDecoder {
  getEncodedBuffer(bytes: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): WasmFrame;
  decode(): void;
  delete(): void;
}

interface WasmOptions {
  print(text: string): void;
  printErr(text: string): void;
}

declare module "@cornerstonejs/codec-openjpeg/decodewasmjs" {
  export default function load(options: WasmOptions): Promise<{ readonly J2KDecoder: new () => WasmDecoder }>;
}

declare module "@cornerstonejs/codec-charls/decodewasmjs" {
  export default function load(options: WasmOptions): Promise<{ readonly JpegLSDecoder: new () => WasmDecoder }>;
}

declare module "jpeg-lossless-decoder-js" {
  export class Decoder {
    /** Samples, one after another: 8 bits each where the image has up to 8, else 16. */
    decompress(buffer: ArrayBufferLike, offset: number, length: number): ArrayBuffer;
    readonly frame: {
      readonly dimX: number;
      readonly dimY: number;
      readonly numComp: number;
      readonly precision: number;
    };
  }
}

declare module "daikon/lib/jpeg-baseline.js" {
  interface JpegImage {
    readonly width: number;
    readonly height: number;
    parse(bytes: Uint8Array): void;
    getData16(width: number, height: number): Uint16Array;
  }
  const library: { readonly JpegImage: new () => JpegImage };
  export default library;
}
