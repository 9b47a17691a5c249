/** kill -9 at any moment of the very first start: the next start goes on, and nobody has to repair anything. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { findPostgres } from '../../server/kernel/postgres.ts'
import { readPidFile, stopPostmaster } from '../../server/kernel/postmaster.ts'
import { migrations } from '../../server/migrations/list.ts'
import { aCast } from '../support/cast.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startWaybill } from '../support/waybill.ts'

const launch = join(import.meta.dirname, '../../server/launch.mjs')
const seed = Number(process.env.START_SEED ?? Date.now() % 1_000_000)

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function randomFrom(start: number) {
  let a = start
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), a | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A first start on this folder in a process group of its own, so that initdb can be killed with it. */
function begin(folder: string): ChildProcess {
  const foreign = /^(WAYBILL_|PORT$|HOST$|DATABASE_URL$)/
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
  const env = { ...own, WAYBILL_DATA: folder, WAYBILL_LOG_LEVEL: 'error', PORT: '0' }
  return spawn(process.execPath, [launch, 'main'], { env, stdio: ['ignore', 'pipe', 'ignore'], detached: true })
}

/** Milliseconds from the start to the first sign of each phase, measured on this machine. */
async function phases() {
  const folder = await temporaryFolder()
  const began = performance.now()
  const child = begin(folder)
  const at = () => performance.now() - began
  const ready = once(createInterface(child.stdout!), 'line').then(at)
  let initialised = 0
  while (!initialised) {
    if ((await readPidFile(join(folder, 'database')))?.ready) initialised = at()
    await sleep(5)
  }
  const end = await ready
  await kill(child)
  await stopDatabase(folder)
  return { initialised, end }
}

async function kill(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid!, 'SIGKILL')
  await once(child, 'exit')
}

/** As the machine does it when it goes down with the program. */
async function stopDatabase(folder: string) {
  const running = await readPidFile(join(folder, 'database'))
  if (running) await stopPostmaster(join(folder, 'database'), running.pid)
}

test(`a first start that is killed at eight moments is followed by one that works (START_SEED=${seed})`, async () => {
  console.log(`killed-at-start: START_SEED=${seed}`)
  const random = randomFrom(seed)
  const { initialised, end } = await phases()
  // Before the database answers, while it is migrated, and about the moment when it says that it is ready.
  const spans: [from: number, to: number, kills: number][] = [
    [40, initialised, 3],
    [initialised, end, 4],
    [end * 0.95, end * 1.1, 1],
  ]
  const moments = spans.flatMap(([from, to, kills]) =>
    Array.from({ length: kills }, () => from + random() * (to - from)),
  )
  // Two kills each, so that also what a killed start left is left half by the next.
  for (let n = 0; n < moments.length; n += 2) {
    const folder = await temporaryFolder()
    const killed = [moments[n]!, moments[n + 1]!].map(Math.round)
    for (const moment of killed) {
      const child = begin(folder)
      await sleep(moment)
      await kill(child)
      // Half of the time PostgreSQL goes down too.
      if (random() < 0.5) await stopDatabase(folder)
    }
    const waybill = await startWaybill({ folder }).catch((error: unknown) => {
      throw new Error(`After kills at ${killed.join(' and ')} ms it did not start again.`, { cause: error })
    })
    const client = new Client({ connectionString: (await findPostgres(folder))! })
    await client.connect()
    const { rows } = await client.query<{ name: string }>('select name from waybill_migration order by id')
    await client.end()
    expect(rows.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name))
    for (const person of Object.values(await aCast(waybill.url, waybill.setUpUrl!))) person.close()
    await waybill.stop()
  }
}, 300_000)
