import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

/** The address of the database at `url` by a way on which connections that call themselves `name` take `ms` longer to be made. */
export async function aSlowLine(url: string, name: string, ms: number): Promise<string> {
  const far = new URL(url)
  const server = createServer(async (near: Socket) => {
    const [first] = (await once(near, 'data')) as [Buffer]
    near.pause()
    if (first.includes(name)) await sleep(ms)
    const through = connect(Number(far.port || 5432), far.hostname)
    near.on('error', () => through.destroy()).on('close', () => through.destroy())
    through.on('error', () => near.destroy()).on('close', () => near.destroy())
    through.write(first)
    near.pipe(through).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const slow = new URL(url)
  slow.hostname = '127.0.0.1'
  slow.port = String((server.address() as AddressInfo).port)
  return slow.href
}
