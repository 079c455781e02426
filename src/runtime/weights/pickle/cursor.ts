/** Reads a pickle's opcodes and their arguments; never past its end. */

import type { Refuse } from "./calls.js";

/** 2^512 is more than any count or checksum in a checkpoint; longer ones take time that grows with their square. */
const MAX_LONG_BYTES = 64;
const MAX_LINE = 1024;

export class Cursor {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  readonly #refuse: Refuse;
  #at: number;
  #opcodeAt: number;

  constructor(data: Uint8Array, start: number, refuse: Refuse) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#refuse = refuse;
    this.#at = start;
    this.#opcodeAt = start;
  }

  get position(): number {
    return this.#at;
  }

  get opcodeAt(): number {
    return this.#opcodeAt;
  }

  opcode(): number {
    this.#opcodeAt = this.#at;
    return this.byte();
  }

  skip(length: number): number {
    const from = this.#at;
    if (length > this.#data.length - from) return this.#refuse("it ends in the middle");
    this.#at += length;
    return from;
  }

  byte(): number {
    return this.#view.getUint8(this.skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  /** A length; beyond what a number holds exactly it is beyond any file too. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.skip(8), true));
  }

  /** Big-endian, alone among the numbers. */
  float64(): number {
    return this.#view.getFloat64(this.skip(8), false);
  }

  /** Two's complement, little-endian. */
  long(length: number): number | bigint {
    if (length > MAX_LONG_BYTES) return this.#refuse(`an integer of ${length} bytes`);
    const from = this.skip(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#data[from + i] ?? 0);
    const signed = length === 0 ? 0n : BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  text(length: number): string {
    const from = this.skip(length);
    try {
      // Python writes lone surrogates as it finds them; no tensor's name has one.
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        this.#data.subarray(from, from + length),
      );
    } catch {
      return this.#refuse("a text is not UTF-8");
    }
  }

  latin(length: number): string {
    const from = this.skip(length);
    return Buffer.from(this.#data.subarray(from, from + length)).toString("latin1");
  }

  line(): string {
    const end = this.#data.indexOf(0x0a, this.#at);
    if (end < 0 || end - this.#at > MAX_LINE) return this.#refuse("a name has no end");
    const text = this.text(end - this.#at);
    this.skip(1);
    return text;
  }
}
