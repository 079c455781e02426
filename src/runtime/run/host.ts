/** Which machine this is, without naming it. */

import { hostAlias as thisHost } from "../store/holder.js";

export { thisHost };

/** Whether a process of this machine is gone for certain; one of another machine may always be there still. */
export function isGone({ host, pid }: { readonly host: string; readonly pid: number }): boolean {
  if (host !== thisHost() || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
