import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import type { People } from '../../server/demo/people.ts'
import { startLightHosts, type LightEstate } from '../../server/sample/light-hosts.ts'
import { stopHosts } from '../../server/sample/stop-hosts.ts'
import { hasBrowserFor } from '../support/browser.ts'
import { aCast } from '../support/cast.ts'
import {
  deploy,
  killServer,
  prepare,
  standingOf,
  startServer,
  switchesAt,
  until,
  type Server,
  type Standing,
} from '../support/chaos.ts'
import { anOnlooker, type Onlooker } from '../support/onlooker.ts'

const KILLS = Number(process.env.CHAOS_KILLS ?? 15)
const HOSTS = 200
let folder: string
/** By itself: PostgreSQL's own user must get into it. */
let data: string
let server: Server | undefined
let estate: LightEstate | undefined
let people: People
/** Has the dashboard open all the time; without a browser on this machine nobody does. */
let onlooker: Onlooker | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-chaos-'))
  data = await mkdtemp(join(tmpdir(), 'waybill-chaos-data-'))
  estate = await startLightHosts(join(folder, 'light'), HOSTS)
  server = await startServer(data)
  const link = server.lines.join('\n').match(/http\S+token=\S+/)![0]
  people = await aCast(server.url, link)
  if (hasBrowserFor('the dashboard catches up by itself each time')) onlooker = await anOnlooker(server.url, 'deployer')
}, 180_000)

afterAll(async () => {
  await onlooker?.close()
  for (const client of Object.values(people ?? {})) client.close()
  if (server) await killServer(server)
  if (estate) await stopHosts(estate.hosts)
  const pid = (await readFile(join(data, 'database', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]
  if (pid) process.kill(Number(pid), 'SIGQUIT')
  await sleep(500)
  for (const path of [folder, data]) await rm(path, { recursive: true, force: true })
})

const left = ({ counts }: Standing) => counts.pending + counts.running

test(
  `kill -9 of the server, ${KILLS} times during deployments of ${HOSTS} targets: none is changed twice, none lost, none stuck, and an open page catches up each time`,
  async () => {
    const { hosts, names } = estate!
    const { versions, targetIds } = await prepare(people, estate!)
    expect(targetIds).toHaveLength(HOSTS)
    const port = Number(new URL(server!.url).port)
    const carried: string[] = []
    const [started, resumed, caughtUp]: [number[], number[], number[]] = [[], [], []]
    const { deployer } = people
    for (let kills = 0; kills < KILLS;) {
      const version = carried.length % 2 ? '1.0.0' : '1.1.0'
      const id = await deploy(people, targetIds, versions.get(version)!)
      carried.push(version)
      await onlooker?.watch(id)
      for (; kills < KILLS; kills++) {
        await sleep(200 + Math.random() * 1_300)
        const before = await standingOf(deployer, id)
        if (before.state !== 'QUEUED' && before.state !== 'RUNNING') break
        await killServer(server!)
        const begun = performance.now()
        server = await startServer(data, port)
        started.push(performance.now() - begun)
        const found = await standingOf(deployer, id)
        await until(15_000, async () => {
          const now = await standingOf(deployer, id)
          return left(now) < left(found) || !['QUEUED', 'RUNNING'].includes(now.state) ? true : null
        })
        resumed.push(performance.now() - begun)
        if (onlooker) caughtUp.push(await onlooker.livesAgain(begun))
      }
      const ended = await until(120_000, async () => {
        const now = await standingOf(deployer, id)
        return ['QUEUED', 'RUNNING'].includes(now.state) || now.confirmation === 'AWAITED' ? null : now
      })
      expect(ended).toMatchObject({
        state: 'SUCCEEDED',
        confirmation: 'CONFIRMED',
        counts: { confirmed: HOSTS },
        causes: [],
      })
      await onlooker?.expectAllConfirmed(HOSTS)
    }
    await onlooker?.expectNeverReloaded()
    for (const name of names) {
      const switches = await switchesAt(hosts, name)
      expect(
        switches.map(({ version }) => version),
        name,
      ).toEqual(carried)
      expect(new Set(switches.map(({ attemptId }) => attemptId)).size, name).toBe(switches.length)
    }
    // Counted from the restart itself. How long a start takes depends on who else is busy on the machine, so of the worst
    // one only what came after it has to be in time; half of them have to be with it.
    const median = resumed.toSorted((a, b) => a - b)[Math.floor(resumed.length / 2)]!
    const worst = Math.max(...resumed.map((all, kill) => all - started[kill]!))
    const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`
    console.log(
      `${resumed.length} kills, ${carried.length} deployments; after the restart work went on within ${seconds(median)} half of the times, ` +
        `${seconds(Math.max(...resumed))} at worst (${seconds(worst)} after the server was ready), and the open page was live again after ${seconds(Math.max(...caughtUp))}`,
    )
    expect(median).toBeLessThan(5_000)
    expect(worst).toBeLessThan(5_000)
  },
  60_000 + KILLS * 45_000,
)
