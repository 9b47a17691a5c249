import { fork } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AttemptOrder } from '../../server/integrations/integration.ts'
import { hostOf } from '../../server/integrations/local/host.ts'
import { createLocal } from '../../server/integrations/local/index.ts'
import { readMarker } from '../../server/integrations/local/marker.ts'
import { startLightHosts } from '../../server/sample/light-hosts.ts'
import type { LightEstate } from '../../server/sample/light-hosts.ts'
import { stopHosts } from '../../server/sample/stop-hosts.ts'
import { packageRef, targetRef } from './benches/local.ts'
import { carry } from './integration.contract.ts'

const local = createLocal()
const script = join(import.meta.dirname, 'benches', 'deliver-all.ts')
let folder: string
let estate: LightEstate

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-light-'))
  estate = await startLightHosts(folder, 120)
})
afterAll(async () => {
  await stopHosts(estate.hosts)
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const product = () => ({ id: 'p', name: 'Light hosts', config: { folder: estate.hosts } })

function orderFor(name: string, round: number): AttemptOrder {
  const what = packageRef(estate.repository, estate.packages[round % 2]!)
  const attemptId = `round-${round}-${name}`
  return {
    attemptId,
    deploymentId: `d-${round}`,
    idempotencyKey: attemptId,
    fence: BigInt(round),
    target: targetRef(name),
    package: what,
  }
}

async function effectsOf(name: string) {
  const journal = await readFile(join(estate.hosts, name, 'state', 'effects.log'), 'utf8')
  const lines = journal
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { effect: string; attemptId?: string })
  return {
    switches: lines.filter(({ effect }) => effect === 'switch'),
    starts: lines.filter(({ effect }) => effect === 'start'),
  }
}

describe('light hosts', () => {
  it('are listed page by page, every one once', async () => {
    const first = await local.listTargets!(product())
    expect(first.items).toHaveLength(100)
    const second = await local.listTargets!(product(), first.next)
    expect(second.next).toBeUndefined()
    expect([...first.items, ...second.items].map(({ key }) => key)).toEqual(estate.names)
  })

  it('keep a process of their own out of it: all are restarted and none is spawned', async () => {
    const { receipts } = await carry(
      local,
      { product: product() },
      estate.names.map((name) => orderFor(name, 1)),
    )
    expect(receipts.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
    const evidence = await local.inspect!(
      product(),
      estate.names.map((name) => ({ target: targetRef(name) })),
    )
    const seen = new Set(
      evidence.map(({ running, installed, healthy }) => `${running?.version} ${installed?.version} ${healthy}`),
    )
    expect([...seen]).toEqual(['1.1.0 1.1.0 true'])
  })

  it('are changed once each round, however often the worker is killed in the middle', async () => {
    let kills = 0
    let caught = 0
    let round = 1
    while (kills < 15) {
      round++
      while (!(await workerEnds(round, kills < 15 && (() => kills++)))) caught += await halfDone(round)
    }
    expect(caught).toBeGreaterThan(10) // else the kills proved nothing
    const rounds = Array.from({ length: round }, (_, index) => index + 1)
    for (const name of estate.names) {
      const { switches, starts } = await effectsOf(name)
      expect(switches.map(({ attemptId }) => attemptId)).toEqual(rounds.map((each) => `round-${each}-${name}`))
      expect(starts, name).toHaveLength(1 + round)
    }
  }, 120_000)
})

/** Lets a worker deliver a round, and perhaps kills it on the way. True when it has done all there was to do. */
async function workerEnds(round: number, killed: false | (() => void)): Promise<boolean> {
  const input = JSON.stringify({ ...estate, round })
  const worker = fork(script, [input], { execArgv: ['--import', 'tsx'], stdio: 'ignore' })
  const ended = new Promise<number | null>((resolve) => worker.once('exit', resolve))
  if (killed) {
    await new Promise((resolve) => worker.once('message', resolve)) // it has begun to deliver
    await sleep(100 + Math.random() * 300)
    if (worker.exitCode === null && worker.kill('SIGKILL')) killed()
  }
  return (await ended) === 0
}

/** How many attempts of a round were caught between the first change and the last. */
async function halfDone(round: number): Promise<number> {
  const markers = await Promise.all(
    estate.names.map((name) => readMarker(hostOf(estate.hosts, name), `round-${round}-${name}`)),
  )
  return markers.filter((marker) => marker && /switching|switched|restarting/.test(marker.stage)).length
}
