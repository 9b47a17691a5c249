import { setTimeout as sleep } from 'node:timers/promises'

/**
 * An instant with everything done so far before it and everything done from now on after it. The versions of the graph begin at
 * whole milliseconds, and a hot item's may run a few ahead.
 */
export async function aMoment(): Promise<string> {
  const begun = Date.now()
  while (Date.now() < begun + 20) await sleep(2)
  const at = new Date()
  while (Date.now() < at.getTime() + 2) await sleep(1)
  return at.toISOString()
}
