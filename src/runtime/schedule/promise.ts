/**
 * A task for which there is no room yet is promised the earliest moment at which, by the estimates, there will be some.
 * Others may start before it only if they are over by then or fit beside it: the machine does not stand idle for a large
 * task, and small ones do not keep it waiting for ever. Estimates may be wrong: a task that runs longer than it should
 * is taken to end at any moment, and nothing short is started in its shadow any more.
 */

import type { Footprint, MemoryBook } from "./memory.js";
import type { Gap } from "./tree.js";

export interface Ending {
  readonly slot: number;
  readonly endsAt: number;
}

export interface Kept {
  readonly need: Footprint;
  /** `alone`: it starts when nothing else runs. */
  readonly company: "any" | "alone";
}

interface Room {
  readonly host: number;
  readonly own: number;
  readonly slots: number;
}

interface Promised {
  readonly place: number;
  readonly at: number;
  /** What there will be beside it. */
  readonly beside: Room;
}

export interface Moment {
  readonly now: number;
  readonly book: MemoryBook;
  readonly running: readonly Ending[];
  readonly free: readonly number[];
}

/** Where others may start without breaking the promise made to `kept`. */
export function gapsBeside(kept: Kept, moment: Moment): readonly Gap[] {
  const { book, now } = moment;
  const places = [...new Set(moment.free.map((slot) => book.placeOf(slot)))];
  const promised = promiseTo(kept, moment);
  return places.flatMap((place): Gap[] => {
    const { host, own } = book.beside(place);
    const gap = (seconds: number, beside: { readonly host: number; readonly own: number }): Gap => ({
      place,
      host: Math.min(host, beside.host),
      own: book.ownBytes[place] === undefined ? undefined : Math.min(own, beside.own),
      seconds,
    });
    const gaps: Gap[] = [];
    if (promised.at > now) gaps.push(gap(promised.at - now, EVERYTHING));
    if (place !== promised.place)
      gaps.push(gap(Number.POSITIVE_INFINITY, { ...EVERYTHING, host: promised.beside.host }));
    else if (promised.beside.slots > 0) gaps.push(gap(Number.POSITIVE_INFINITY, promised.beside));
    return gaps;
  });
}

const EVERYTHING = { host: Number.POSITIVE_INFINITY, own: Number.POSITIVE_INFINITY };

function promiseTo(kept: Kept, moment: Moment): Promised {
  const { book, now } = moment;
  const endings = moment.running
    .map(({ slot, endsAt }): Ending => ({ slot, endsAt: Math.max(now, endsAt) }))
    .toSorted((a, b) => a.endsAt - b.endsAt);
  if (kept.company === "alone") {
    return { place: -1, at: endings.at(-1)?.endsAt ?? now, beside: { host: -1, own: -1, slots: 0 } };
  }
  const slots = [...moment.free, ...endings.map(({ slot }) => slot)];
  const places = [...new Set(slots.map((slot) => book.placeOf(slot)))];
  const promises = places.flatMap((place) => soonest(place, kept.need, endings, moment) ?? []);
  const first = promises.toSorted((a, b) => (a.at === b.at ? a.place - b.place : a.at - b.at))[0];
  if (first === undefined) throw new RangeError("a task has no place on this machine, however empty");
  return first;
}

function soonest(
  place: number,
  need: Footprint,
  endings: readonly Ending[],
  { book, free, now }: Moment,
): Promised | undefined {
  const wanted = book.on(place, need);
  const hasOwn = book.ownBytes[place] !== undefined;
  let { host, own } = book.beside(place);
  let slots = free.filter((slot) => book.placeOf(slot) === place).length;
  let at = now;
  const fits = () => slots > 0 && wanted.host <= host && (!hasOwn || wanted.own <= own);
  for (const { slot, endsAt } of endings) {
    if (fits()) break;
    at = endsAt;
    const held = book.holdingOf(slot);
    host += held.host;
    if (book.placeOf(slot) !== place) continue;
    own += held.own;
    slots += 1;
  }
  return fits()
    ? { place, at, beside: { host: host - wanted.host, own: own - wanted.own, slots: slots - 1 } }
    : undefined;
}
