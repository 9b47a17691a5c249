// CPU of the server for one delivery of a subscription: shared by a cohort, alone, and as a bare broadcast of the same
// bytes, in one run. `npx tsx test/bench/deliveries.ts [sockets] [events]`
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer } from 'ws'
import { changeThing, startLiveServer, THING_CHANGED } from '../support/live-server.ts'
import { createOrm, migrate } from '../../server/kernel/database.ts'
import { openDataFolder } from '../../server/kernel/data-folder.ts'
import { startPostgres } from '../../server/kernel/postgres.ts'
import { migrations } from '../../server/migrations/list.ts'

const SOCKETS = Number(process.argv[2] ?? 500)
const EVENTS = Number(process.argv[3] ?? 100)
const PAUSE = 50 // ms between events

async function clients(url: string, query: string) {
  const child = fork(join(import.meta.dirname, 'deliveries-clients.ts'), [url, String(SOCKETS), query])
  const ask = async () => {
    child.send('how many')
    return ((await once(child, 'message')) as [{ messages: number; ready: number }])[0]
  }
  while ((await ask()).messages < SOCKETS) await sleep(200)
  return { ask, end: () => child.kill() }
}

/** Microseconds of CPU of this process for one message that a client got, and less what idling costs. */
async function measure(what: string, url: string, query: string, send: () => unknown): Promise<number> {
  const { ask, end } = await clients(url, query)
  await sleep(500)
  const before = await ask()
  const idleFrom = process.cpuUsage()
  await sleep(2_000)
  const idle = sum(process.cpuUsage(idleFrom)) / 2_000
  const from = process.cpuUsage()
  const begun = performance.now()
  for (let n = 0; n < EVENTS; n++) {
    await send()
    await sleep(PAUSE)
  }
  await sleep(500)
  const used = sum(process.cpuUsage(from)) - idle * (performance.now() - begun)
  const got = (await ask()).messages - before.messages
  end()
  console.log(`${what.padEnd(36)} ${(used / got).toFixed(1).padStart(7)} µs a delivery, ${got} deliveries`)
  return used / got
}

const sum = ({ user, system }: NodeJS.CpuUsage) => user + system

const folder = await openDataFolder(await mkdtemp(join(tmpdir(), 'waybill-bench-')))
const postgres = await startPostgres({ folder: folder.path, durable: false })
const orm = await createOrm(postgres.url, { entities: [], migrations })
await migrate(orm)
await orm.close(true)
const server = await startLiveServer(postgres.url, { limits: { socketsPerAccount: SOCKETS } })
const uuid = randomUUID()
let value = 0
const change = () => changeThing(server.orm, uuid, value++)
const shared = await measure('shared by a cohort', server.url, THING_CHANGED, change)
const alone = await measure(
  'each alone',
  server.url,
  'subscription ($maxHz: Int) { thingChanged(maxHz: $maxHz) { seq position resync serverTime thing { id version value } } }',
  change,
)
await server.close()

const bare = createServer()
const sockets = new WebSocketServer({ server: bare, perMessageDeflate: false })
sockets.on('connection', (socket) =>
  socket.on('message', (data: Buffer) =>
    socket.send(data.includes('connection_init') ? '{"type":"connection_ack"}' : 'x'),
  ),
)
await new Promise<void>((done) => bare.listen(0, '127.0.0.1', done))
const frame = `{"id":"a","type":"next","payload":{"data":{"thingChanged":{"seq":12345,"position":"0a1b2c3d:12345","resync":false,"serverTime":"${new Date().toISOString()}","thing":{"id":"${uuid}","version":12,"value":12}}}}}`
const raw = await measure(
  'bare broadcast of the same bytes',
  `ws://127.0.0.1:${(bare.address() as AddressInfo).port}`,
  '-',
  () => {
    for (const socket of sockets.clients) socket.send(frame)
  },
)
console.log(`shared : bare = ${(shared / raw).toFixed(2)}, alone : shared = ${(alone / shared).toFixed(1)}`)
sockets.close()
bare.close()
await postgres.stop()
await folder.release()
await rm(folder.path, { recursive: true, force: true })
process.exit(0)
