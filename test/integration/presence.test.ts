import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { createApp, type App } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import { createLogger } from '../../server/kernel/log.ts'
import { uuidOf } from '../../server/kernel/node-id.ts'
import { anApp, type Person } from '../support/app.ts'
import { anAppEstate, type AppEstate } from '../support/app-estate.ts'
import { until } from '../support/until.ts'

const app = anApp()
let second: App
let estate: AppEstate
let deploymentId: string

beforeAll(async () => {
  estate = await anAppEstate(app, 4)
  deploymentId = (await estate.draft()).id
  const config = readConfig({ PORT: '0', WAYBILL_DATA: app.folder, WAYBILL_ROLES: 'api', WAYBILL_DATABASE_POOL: '5' })
  second = await createApp(
    { ...config, databaseUrl: app.database.url },
    createLogger({ level: 'fatal', format: 'json' }),
  )
})
afterAll(() => second.close())

interface Look {
  /** Names of the others as last heard; null before the first message. */
  others(): string[] | null
  refusal(): string | null
  /** Goes to another page. */
  leave(): void
  /** Closes the browser. */
  close(): void
  /** The line is cut, without a word. */
  cut(): void
}

/** Looks at a thing, as an open page does. */
async function look(person: Person, id: string, url = app.url): Promise<Look> {
  const { secret } = await person.does<{ secret: string }>('apiTokenCreate', { name: 'To look' }, 'secret')
  let names: string[] | null = null
  let refusal: string | null = null
  const lines: WebSocket[] = []
  class Line extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols)
      lines.push(this)
    }
  }
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: Line,
    connectionParams: { token: secret },
    retryAttempts: 0,
  })
  onTestFinished(() => void client.dispose())
  const unsubscribe = client.subscribe<{ presence: { total: number; others: { name: string }[] } }>(
    {
      query: 'subscription($id: ID!) { presence(id: $id) { total others { accountId name since } } }',
      variables: { id },
    },
    {
      next({ data, errors }) {
        if (errors) refusal = errors[0]!.message
        if (data) names = data.presence.others.map(({ name }) => name)
      },
      error: (reason) => (refusal = Array.isArray(reason) ? String((reason[0] as Error).message) : 'closed'),
      complete() {},
    },
  )
  return {
    others: () => names,
    refusal: () => refusal,
    leave: unsubscribe,
    close: () => void client.dispose(),
    cut: () => lines.forEach((line) => line.terminate()),
  }
}

const hears = (seen: Look, names: string[], patience?: number) =>
  until(
    async () => seen.others(),
    (others) => JSON.stringify(others) === JSON.stringify(names),
    patience,
  )
const rowsLeft = async () =>
  (await app.database.rows<{ count: number }>('select count(*)::int as count from onlooker'))[0]!.count

test('two people who look at one deployment through two programs see each other, and each is gone when the page is', async () => {
  const olga = await look(estate.owner, deploymentId)
  await hears(olga, [])
  const dora = await look(estate.deployer, deploymentId, second.url)
  await hears(dora, ['Olga Owner'])
  await hears(olga, ['Dora Deployer'])
  const again = await look(estate.deployer, deploymentId)
  await hears(again, ['Olga Owner'])
  again.leave()
  expect(olga.others()).toEqual(['Dora Deployer'])
  dora.leave()
  await hears(olga, [])
  olga.close()
  await until(rowsLeft, (count) => count === 0)
})

test('nobody is left behind when people come and go at the same moment', async () => {
  const olga = await look(estate.owner, deploymentId)
  await hears(olga, [])
  for (let round = 0; round < 10; round++) {
    const coming = await Promise.all([estate.deployer, estate.approver].map((person) => look(person, deploymentId)))
    const [first, second] = coming as [Look, Look]
    await until(
      async () => first.others(),
      (others) => others !== null,
    )
    first.leave()
    second.leave()
    await hears(olga, [], 5_000)
  }
})

test('somebody whose line is cut is gone within seconds', async () => {
  const olga = await look(estate.owner, deploymentId)
  const dora = await look(estate.deployer, deploymentId, second.url)
  await hears(olga, ['Dora Deployer'])
  dora.cut()
  await hears(olga, [], 10_000)
})

test('somebody whose program was killed is gone when it has not confirmed them for 15 s, and is kept nowhere', async () => {
  const olga = await look(estate.owner, deploymentId)
  await hears(olga, [])
  await app.database.rows(
    `insert into onlooker (uuid, subject, account_id, seen_at)
     values (gen_random_uuid(), $1, $2, now() - interval '12 s')`,
    [uuidOf(deploymentId, 'dpl'), uuidOf(estate.approver.id, 'acc')],
  )
  await hears(olga, ['Amir Approver'])
  await hears(olga, [], 10_000)
  await until(rowsLeft, (count) => count === 1)
})

test('items and releases have onlookers of their own', async () => {
  const [item] = estate.items
  const atItem = await look(estate.owner, item!.id)
  const atRelease = await look(estate.deployer, estate.releaseId)
  await hears(atItem, [])
  await hears(atRelease, [])
  const alsoAtItem = await look(estate.librarian, item!.id)
  await hears(atItem, ['Lily Librarian'])
  await hears(alsoAtItem, ['Olga Owner'])
  expect(atRelease.others()).toEqual([])
})

test('who cannot see a thing neither sees who looks at it nor is seen, and other things have no onlookers', async () => {
  const tokyo = estate.items.find(({ site }) => site.name === 'Tokyo')!
  const austin = estate.items.find(({ site }) => site.name === 'Austin')!
  const stranger = await app.person('VIEWER', austin.site.id, 'Aust Only')
  const olga = await look(estate.owner, tokyo.id)
  await hears(olga, [])
  const outside = await look(stranger, tokyo.id)
  expect(
    await until(
      async () => outside.refusal(),
      (said) => said !== null,
    ),
  ).toContain(tokyo.id)
  expect(outside.others()).toBeNull()
  expect(olga.others()).toEqual([])

  const inside = await look(stranger, austin.id)
  await hears(inside, [])
  const other = await look(estate.owner, estate.productId)
  expect(
    await until(
      async () => other.refusal(),
      (said) => said !== null,
    ),
  ).toContain('ManagementProduct')
})

test('who loses the right to see a thing is told so and seen no more', async () => {
  const austin = estate.items.find(({ site }) => site.name === 'Austin')!
  const guest = await app.person('VIEWER', austin.site.id, 'Guest Guest')
  const olga = await look(estate.owner, austin.id)
  await hears(olga, [])
  const seen = await look(guest, austin.id)
  await hears(olga, ['Guest Guest'])
  await app.admin.does('accountDisable', { id: guest.id })
  await hears(olga, [])
  await until(
    async () => seen.refusal(),
    (said) => said !== null,
  )
})
