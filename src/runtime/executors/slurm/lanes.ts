/** Rows of the screen for workers of jobs: the lowest free number, given back when the job is over. Pure. */

export class Lanes {
  private readonly taken = new Map<number, string>();
  private readonly lanes = new Map<string, number>();

  /** Of a pilot's worker. */
  of(pilot: string, worker: number): number {
    const name = `${pilot} ${worker}`;
    const known = this.lanes.get(name);
    if (known !== undefined) return known;
    let lane = 0;
    while (this.taken.has(lane)) lane += 1;
    this.taken.set(lane, pilot);
    this.lanes.set(name, lane);
    return lane;
  }

  release(pilot: string): void {
    for (const [lane, owner] of this.taken) if (owner === pilot) this.taken.delete(lane);
    for (const name of this.lanes.keys()) if (name.startsWith(`${pilot} `)) this.lanes.delete(name);
  }
}
