import { open, stat } from 'node:fs/promises'
import type { Host } from './host.ts'

/** Where the log ends now, to read later only what came after. */
export async function logEnd(host: Host): Promise<number> {
  return (await stat(host.log).catch(() => undefined))?.size ?? 0
}

/**
 * What the service's own log gives as the cause: its last line with an error since `from`, without time and level. Nothing
 * if it wrote no error.
 */
export async function causeInLog(host: Host, from = 0): Promise<string | undefined> {
  const end = await logEnd(host)
  const start = Math.max(from > end ? 0 : from, end - 65_536) // the last 64 KiB are enough for the last line
  const handle = await open(host.log).catch(() => undefined)
  if (!handle) return undefined
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start)
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n')
    const last = lines.findLast((line) => / ERROR |^\w*Error\b/.test(line))
    return last?.replace(/^\S+ +ERROR +/, '').slice(0, 500)
  } finally {
    await handle.close()
  }
}
