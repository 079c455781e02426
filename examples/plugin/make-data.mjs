/** Draws a small data set: grey noise, with a bright spot where there is a tumour. No one's images. */

import { mkdirSync, writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

const SIZE = 16;
let state = 7;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function png(pixels) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0);
  header.writeUInt32BE(SIZE, 4);
  header[8] = 8;
  const rows = Buffer.alloc(SIZE * (SIZE + 1));
  for (let y = 0; y < SIZE; y++) rows.set(pixels.subarray(y * SIZE, (y + 1) * SIZE), y * (SIZE + 1) + 1);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const folder = new URL("./data/", import.meta.url);
mkdirSync(new URL("images/", folder), { recursive: true });
const sites = ["patient,site"];
for (let p = 1; p <= 40; p++) {
  const patient = `P${String(p).padStart(3, "0")}`;
  const tumour = p % 2 === 0;
  const split = p <= 20 ? "train" : p <= 28 ? "val" : "test";
  sites.push(`${patient},${p % 3 === 0 ? "north" : "south"}`);
  for (let n = 1; n <= 2; n++) {
    const pixels = Uint8Array.from({ length: SIZE * SIZE }, () => 60 + 80 * random());
    const [cx, cy] = [4 + Math.floor(8 * random()), 4 + Math.floor(8 * random())];
    for (let y = cy - 2; tumour && y <= cy + 2; y++) {
      for (let x = cx - 2; x <= cx + 2; x++) pixels[y * SIZE + x] = Math.min(255, pixels[y * SIZE + x] + 60 * random());
    }
    writeFileSync(new URL(`images/${patient}-${tumour ? "tumour" : "normal"}-${n}-${split}.png`, folder), png(pixels));
  }
}
writeFileSync(new URL("sites.csv", folder), `${sites.join("\n")}\n`);
