import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { driveTheRoad } from '../../server/demo/road.ts'
import { openDataFolder } from '../../server/kernel/data-folder.ts'
import { startPostgres } from '../../server/kernel/postgres.ts'
import { stopHosts } from '../../server/sample/stop-hosts.ts'
import { aCast, silent } from '../support/cast.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'
import { startWaybill } from '../support/waybill.ts'

const ANSWER = 'userErrors { code message } position'

/** How many jobs a program has ended, by its own count. */
async function jobsEndedBy(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const counts = text.matchAll(/^waybill_jobs_total\{.*\} (\d+)$/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

test('of two programs on one database the one without the role of a worker answers people and does no job, and the other does them all', async () => {
  const folder = await openDataFolder(await temporaryFolder())
  const postgres = await startPostgres({ folder: folder.path, durable: false })
  onTestFinished(async () => {
    await postgres.stop()
    await folder.release()
  })
  const shared = await temporaryFolder()
  onTestFinished(async () => void (await stopHosts(join(shared, 'sample', 'hosts'))))
  const start = async (roles: string) => {
    const program = await startWaybill({
      env: { DATABASE_URL: postgres.url, WAYBILL_ROLES: roles },
      folder: shared,
    })
    onTestFinished(() => program.kill())
    return program
  }

  const front = await start('api,sequencer')
  const cast = await aCast(front.url, front.setUpUrl!)
  onTestFinished(() => Object.values(cast).forEach((person) => person.close()))
  const { product } = await cast.admin.mutate<{ product: { id: string } }>(
    `mutation($input: ProductRegisterInput!) { productRegister(input: $input) { product { id } ${ANSWER} } }`,
    { name: 'Nothing yet', kind: 'local', config: { folder: await temporaryFolder() } },
  )
  const { run } = await cast.owner.mutate<{ run: { id: string } }>(
    `mutation($input: DiscoveryStartInput!) { discoveryStart(input: $input) { run { id } ${ANSWER} } }`,
    { productId: product.id },
  )
  const stateOf = async () =>
    (
      await cast.owner.query<{ discoveryRun: { state: string } }>(
        'query($id: ID!) { discoveryRun(id: $id) { state } }',
        { id: run.id },
      )
    ).discoveryRun.state
  for (let looks = 0; looks < 20; looks++) {
    expect(await stateOf()).toBe('QUEUED')
    await sleep(100)
  }

  const back = await start('worker')
  await until(stateOf, (state) => state === 'SUCCEEDED')
  expect((await fetch(`${back.url}/health/ready`)).status).toBe(200)
  expect((await fetch(`${back.url}/graphql`, { method: 'POST' })).status).toBe(404)
  expect((await fetch(back.url)).status).toBe(404)
  const { system } = await cast.admin.query<{ system: { roles: string[] } }>('{ system { roles } }')
  expect(system.roles).toEqual(['api', 'sequencer'])

  const outcomes = await driveTheRoad(cast, silent)
  expect(outcomes.map(({ state, confirmation }) => [state, confirmation])).toEqual([
    ['SUCCEEDED', 'CONFIRMED'],
    ['SUCCEEDED', 'CONFIRMED'],
  ])
  expect(await jobsEndedBy(front.url)).toBe(0)
  expect(await jobsEndedBy(back.url)).toBeGreaterThan(5)
}, 240_000)
