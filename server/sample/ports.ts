import { createServer } from 'node:net'

/**
 * A free loopback port that a host can keep. Not from the range that systems give to outgoing connections (from 32,768 on
 * Linux, 49,152 elsewhere): there another program could take it whenever the host restarts.
 */
export async function keepablePort(except: ReadonlySet<number> = new Set()): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    if (!except.has(port) && (await isFree(port))) return port
  }
  throw new Error('No loopback port between 10,000 and 32,000 is free.')
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)))
  })
}
