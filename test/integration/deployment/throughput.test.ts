import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../server/deployment/engine/engine.ts'
import { row, rows } from '../../../server/kernel/sql.ts'
import { aDatabase } from '../../support/database.ts'
import { aValidated, anEngine, aWorld, start, type World } from '../../support/deployment/world.ts'
import { PATIENCE } from '../../../server/deployment/engine/settings.ts'

const database = aDatabase()
const COUNT = Number(process.env.ENGINE_TARGETS ?? 400)
let world: World
let engine: Engine
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-nothing-'))
  world = await aWorld(database.url, folder, COUNT, 'nothing')
  engine = anEngine(world, PATIENCE, database.url)
  await world.jobs.start()
  await engine.start()
})

afterAll(async () => {
  await engine.stop()
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

const em = () => world.orm.em.fork()

test.each([16, 200])(
  'targets at which nothing is to be done cost little, %i at once',
  async (atOnce) => {
    const deployment = await aValidated(world)
    await rows(em(), `update deployment set max_in_flight = $2 where uuid = $1`, [deployment.uuid, atOnce])
    const begun = performance.now()
    const cpu = process.cpuUsage()
    await start(world, deployment)
    await expect
      .poll(
        async () =>
          (await row<{ state: string }>(em(), `select state from deployment where uuid = $1`, [deployment.uuid]))!
            .state,
        { timeout: 60_000, interval: 100 },
      )
      .toBe('SUCCEEDED')
    const seconds = (performance.now() - begun) / 1_000
    const events = (await row<{ n: number }>(em(), `select count(*)::int as n from event_inbox where subject = $1`, [
      deployment.uuid,
    ]))!.n
    const { user, system } = process.cpuUsage(cpu)
    if (process.env.ENGINE_TARGETS) {
      const rate = `${seconds.toFixed(2)} s, ${Math.round(COUNT / seconds)}/s`
      console.log(
        `${COUNT} targets, ${atOnce} at once: ${rate}, own CPU ${((user + system) / 1e6).toFixed(2)} s, ${events} events`,
      )
    }
    // Far fewer transactions than targets: what ends together is written together.
    expect(events).toBeLessThan(COUNT / 2)
  },
  90_000,
)
