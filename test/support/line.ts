import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A line between a browser and the server that can be cut like a cable. */
export interface Line {
  url: string
  /** Ends every connection and lets no new one through. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** Opens a line to the server at `url`, on a port of its own. */
export async function openLine(url: string): Promise<Line> {
  const far = new URL(url)
  const sockets = new Set<Socket>()
  let whole = true
  const server = createServer((near) => {
    if (!whole) return void near.destroy()
    const through = connect(Number(far.port), far.hostname)
    for (const [one, other] of [
      [near, through],
      [through, near],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const cut = () => {
    whole = false
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => void (whole = true),
    close: () => {
      cut()
      return new Promise((done) => server.close(() => done()))
    },
  }
}
