/** NVIDIA GPUs, as `nvidia-smi` lists them. */

import { type Answer, type Ask, ask } from "./command.js";
import type { CudaDevice, DeviceProblem } from "./types.js";
import { visibleTo } from "./visible.js";

export interface CudaDiscovery {
  readonly devices: readonly CudaDevice[];
  readonly problem: DeviceProblem | undefined;
}

const TIMEOUT_MS = 10_000;
const MIB = 2 ** 20;

const COLUMNS = ["index", "uuid", "name", "memory.total", "memory.free", "driver_version", "mig.mode.current"];
/** Drivers before 510 do not know this one. */
const CAPABILITY = "compute_cap";

export async function discoverCuda(
  environment: NodeJS.ProcessEnv,
  tool: Ask = (program, words) => ask(program, words, { timeoutMs: TIMEOUT_MS, environment }),
): Promise<CudaDiscovery> {
  const first = await query(tool, [...COLUMNS, CAPABILITY]);
  const answer = isUnknownField(first) ? await query(tool, COLUMNS) : first;
  if (answer.status === "absent") return { devices: [], problem: undefined };
  if (answer.status === "hung") {
    return failed("nvidia-smi does not answer: the driver hangs", "restart the machine, or its NVIDIA driver");
  }
  if (answer.code !== 0) {
    const said = firstLine(answer.out) || firstLine(answer.err);
    if (/no devices were found/i.test(said)) return { devices: [], problem: undefined };
    return failed(`nvidia-smi failed: ${said}`, "restart the machine, or install its NVIDIA driver again");
  }
  const cards = parseCards(answer.out);
  if (typeof cards === "string") return failed(cards, "update the NVIDIA driver");
  const parts = cards.some(({ divided }) => divided) ? await partsOf(cards, tool) : cards;
  const seen = visibleTo(parts, environment.CUDA_VISIBLE_DEVICES);
  return { devices: seen.map(({ divided: _, ...card }, index) => ({ ...card, index })), problem: undefined };
}

function failed(problem: string, remedy: string): CudaDiscovery {
  return { devices: [], problem: { kind: "cuda", problem, remedy } };
}

function query(tool: Ask, columns: readonly string[]): Promise<Answer> {
  return tool("nvidia-smi", [`--query-gpu=${columns.join()}`, "--format=csv"]);
}

const isUnknownField = (answer: Answer): boolean =>
  answer.status === "answered" && answer.code !== 0 && `${answer.out}${answer.err}`.includes(CAPABILITY);

const firstLine = (text: string): string => text.trim().split("\n", 1)[0] ?? "";

/** A card; divided ones compute by their parts alone. */
export interface Card extends CudaDevice {
  readonly divided: boolean;
}

/** @returns what is wrong with the table, where it is not the one asked for */
export function parseCards(csv: string): readonly Card[] | string {
  const [head, ...rows] = csv.trim().split("\n");
  const names = (head ?? "").split(",").map((name) => name.trim().replace(/ \[\w+\]$/, ""));
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) return `nvidia-smi's table has no ${missing.join(", ")}`;
  const cards: Card[] = [];
  for (const [line, row] of rows.entries()) {
    const cells = row.split(",").map((cell) => cell.trim());
    const of = (name: string): string => cells[names.indexOf(name)] ?? "";
    const card = cardOf(of);
    if (cells.length !== names.length || card === undefined) {
      return `line ${line + 2} of nvidia-smi's table is not understood: ${row.trim().slice(0, 120)}`;
    }
    cards.push(card);
  }
  return cards;
}

function cardOf(of: (name: string) => string): Card | undefined {
  const [total, free] = [memory(of("memory.total")), memory(of("memory.free"))];
  const index = of("index");
  const uuid = of("uuid");
  if (!/^\d+$/.test(index) || !/^GPU-[\w-]+$/.test(uuid) || total === undefined || free === undefined) return undefined;
  const capability = of(CAPABILITY);
  return {
    kind: "cuda",
    index: Number(index),
    uuid,
    name: of("name"),
    memoryBytes: total,
    freeBytes: free,
    computeCapability: /^\d+\.\d+$/.test(capability) ? capability : null,
    driver: of("driver_version"),
    divided: of("mig.mode.current") === "Enabled",
  };
}

/** Null where the driver says that it does not know; undefined where this is no amount at all. */
function memory(cell: string): number | null | undefined {
  if (/^\[(N\/A|Not Supported|Unknown Error)\]$/i.test(cell)) return null;
  const found = /^(\d+) MiB$/.exec(cell)?.[1];
  return found === undefined ? undefined : Number(found) * MIB;
}

/** Each part of a divided card in its card's place; `nvidia-smi -L` lists them below their card. */
async function partsOf(cards: readonly Card[], tool: Ask): Promise<readonly Card[]> {
  const answer = await tool("nvidia-smi", ["-L"]);
  const list = answer.status === "answered" && answer.code === 0 ? answer.out : "";
  return cards.flatMap((card) => (card.divided ? parseParts(list, card) : [card]));
}

/** `  MIG 1g.10gb     Device  0: (UUID: MIG-…)`; the profile's name holds its memory. */
function parseParts(list: string, card: Card): readonly Card[] {
  let within = false;
  return list.split("\n").flatMap((line): Card[] => {
    if (line.startsWith("GPU ")) within = line.includes(card.uuid);
    const [, profile, gigabytes, uuid] =
      /^\s+MIG ([\w.+]*?(\d+)gb[\w.+]*)\s+Device\s+\d+: \(UUID: (MIG-[\w/-]+)\)/.exec(line) ?? [];
    if (!within || profile === undefined || uuid === undefined) return [];
    const bytes = Number(gigabytes) * 1024 * MIB;
    return [{ ...card, uuid, name: `${card.name} MIG ${profile}`, memoryBytes: bytes, freeBytes: bytes }];
  });
}

/** Bytes a process holds on the GPUs it sees; null where the driver does not say (in a container, often). */
export async function deviceMemoryOf(
  pid: number,
  tool: Ask = (program, words) => ask(program, words, { timeoutMs: TIMEOUT_MS, environment: process.env }),
): Promise<number | null> {
  const answer = await tool("nvidia-smi", [
    "--query-compute-apps=pid,used_gpu_memory",
    "--format=csv,noheader,nounits",
  ]);
  if (answer.status !== "answered" || answer.code !== 0) return null;
  const rows = answer.out.split("\n").map((row) => row.split(",").map((cell) => cell.trim()));
  const used = rows.flatMap(([id, mib = ""]) => (id === String(pid) && /^\d+$/.test(mib) ? [Number(mib) * MIB] : []));
  return used.length === 0 ? null : used.reduce((sum, bytes) => sum + bytes, 0);
}
