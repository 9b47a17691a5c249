// What Prometheus reads follows what happens.
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { anApp } from '../../support/app.ts'
import { anAppEstate, type AppEstate } from '../../support/app-estate.ts'

const app = anApp()
let estate: AppEstate
beforeAll(async () => {
  estate = await anAppEstate(app, 6)
})

const page = async () => (await fetch(`${app.url}/metrics`)).text()

/** Value of a series such as `waybill_jobs_total{queue="validation",outcome="done"}`; 0 while it is not there. */
async function read(series: string): Promise<number> {
  const line = (await page()).split('\n').find((one) => one.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1) ?? 0)
}

/** How each series grew by `work`, waited for, since what is counted may be told a moment later. */
async function grows(expected: Record<string, number>, work: () => Promise<unknown>) {
  const names = Object.keys(expected)
  const values = async () => Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)])))
  const before = await values()
  const wanted = Object.fromEntries(names.map((name) => [name, before[name] + expected[name]!]))
  await work()
  await expect.poll(values, { timeout: 15_000 }).toEqual(wanted)
}

const changes = (noun: string, to: string) => `waybill_state_changes_total{noun="${noun}",to="${to}"}`

test('a deployment moves its states, its targets and its confirmations', async () => {
  const items = estate.items.slice(0, 2)
  const { taskId } = await estate.planned(items)
  await grows(
    {
      [changes('deployment', 'VALIDATED')]: 1,
      [changes('deployment', 'SCHEDULED')]: 1,
      [changes('deployment', 'RUNNING')]: 1,
      [changes('deployment', 'SUCCEEDED')]: 1,
      [changes('validation', 'PASSED')]: 1,
      [changes('task', 'COMPLETED')]: 1,
      'waybill_target_outcomes_total{outcome="REPORTED_OK"}': 2,
      'waybill_confirmations_total{verdict="CONFIRMED"}': 2,
    },
    async () => {
      const { id } = await estate.approved({ items, taskId })
      await estate.deployer.does('deploymentStart', { id })
      await estate.ends(id, 'SUCCEEDED', 'CONFIRMED')
    },
  )
})

test('a validation that is invalidated is counted', async () => {
  const items = estate.items.slice(2, 4)
  const { taskId } = await estate.planned(items)
  const { id } = await estate.draft({ items, taskId })
  await estate.validated(id)
  await grows({ [changes('validation', 'INVALIDATED')]: 1, [changes('deployment', 'INVALIDATED')]: 1 }, () =>
    estate.librarian.does('itemMove', { id: items[0]!.id, action: 'store' }),
  )
})

test('jobs are counted and timed by queue, and those that wait are shown, also when there are none', async () => {
  const items = estate.items.slice(4)
  const { id } = await estate.draft({ items, taskId: (await estate.planned(items)).taskId })
  await grows(
    {
      'waybill_jobs_total{queue="validation",outcome="done"}': 1,
      'waybill_job_duration_seconds_count{queue="validation"}': 1,
    },
    () => estate.validated(id),
  )
  expect(await page()).toMatch(/^waybill_jobs_waiting\{queue="validation"\} \d+$/m)
})

test('events, live messages and resumed subscriptions are counted', async () => {
  const messages = await read('waybill_socket_messages_total')
  const text =
    'subscription($id: ID!, $after: Position) { configurationItemChanged(id: $id, after: $after) { position configurationItem { name } } }'
  const item = estate.items[5]!
  await grows({ waybill_socket_resumes_total: 1 }, async () => {
    const named = (name: string) => estate.librarian.does('itemUpdate', { id: item.id, name })
    const first = await named('named once')
    await named('named twice')
    const isTwice = (message: object) => JSON.stringify(message).includes('named twice')
    await estate.librarian.follow(text, { id: item.id, after: first.position }, isTwice)
  })
  expect(await read('waybill_socket_messages_total')).toBeGreaterThan(messages)
  expect(await read('waybill_events_published_total{topic="item.changed"}')).toBeGreaterThanOrEqual(2)
  expect(await page()).toMatch(/^waybill_event_resyncs_total \d+$/m)
})

test('every metric of ours is in the documentation', async () => {
  const table = await readFile('server/docs/operating.md', 'utf8')
  const names = [...(await page()).matchAll(/^# TYPE (waybill_\w+)/gm)].map(([, name]) => name!)
  expect(names.filter((name) => !table.includes(`\`${name}\``))).toEqual(['waybill_event_loop_utilization'])
})
