import { setTimeout as sleep } from 'node:timers/promises'

/** Reads until what was read is as wanted, and answers it; works in hooks too. Says what it saw last when time is up. */
export async function until<T>(read: () => Promise<T>, wanted: (seen: T) => boolean, patience = 30_000): Promise<T> {
  const deadline = Date.now() + patience
  for (;;) {
    const seen = await read()
    if (wanted(seen)) return seen
    if (Date.now() > deadline) throw new Error(`Not as wanted within ${patience} ms: ${JSON.stringify(seen)}`)
    await sleep(50)
  }
}
