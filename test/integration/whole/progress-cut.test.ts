// The stream of the target grid over the whole server, with lines that break: subscribers.test.ts does the same to the kernel.
import { createClient } from 'graphql-ws'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { anApp } from '../../support/app.ts'
import { anAppEstate, type AppEstate } from '../../support/app-estate.ts'

const HOSTS = 60
const SUBSCRIBERS = 20
const COLUMNS = 'state confirmation percent'

const app = anApp()
let estate: AppEstate
beforeAll(async () => {
  estate = await anAppEstate(app, HOSTS)
}, 120_000)

interface Columns {
  state: string[]
  confirmation: string[]
  percent: number[]
}
interface Batch extends Columns {
  idx: number[]
  position: string
  seq: number
  resync: boolean
}

async function gridOf(id: string): Promise<Columns & { position: string }> {
  const { deployment } = await estate.deployer.query<{ deployment: { grid: Awaited<ReturnType<typeof gridOf>> } }>(
    `query($id: ID!) { deployment(id: $id) { grid { ${COLUMNS} position } } }`,
    { id },
  )
  return deployment.grid
}

/** Reads the grid with its place, follows from there, and goes on where it was after each cut of its line. */
async function aSubscriber(id: string, token: string) {
  const { position, ...columns } = await gridOf(id)
  const fold = { columns, cuts: 0, batches: 0, resyncs: 0, backwards: 0, seq: 0 }
  let line: WebSocket | undefined
  class OneThatBreaks extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols)
      // eslint-disable-next-line @typescript-eslint/no-this-alias
      line = this
    }
  }
  const client = createClient({
    url: new URL('/graphql', app.url.replace('http', 'ws')).href,
    webSocketImpl: OneThatBreaks,
    connectionParams: { token },
    retryAttempts: Infinity,
    retryWait: () => sleep(Math.random() * 200),
    shouldRetry: () => true,
  })
  onTestFinished(() => client.dispose())
  const variables = { id, after: position }
  client.subscribe<{ deploymentProgress: Batch }>(
    {
      query: `subscription($id: ID!, $after: Position) {
        deploymentProgress(id: $id, after: $after) { idx ${COLUMNS} position seq resync } }`,
      variables,
    },
    {
      next({ data }) {
        const batch = data!.deploymentProgress
        fold.batches++
        if (batch.resync) fold.resyncs++
        if (batch.seq < fold.seq) fold.backwards++
        batch.idx.forEach((place, at) => {
          columns.state[place] = batch.state[at]!
          columns.confirmation[place] = batch.confirmation[at]!
          columns.percent[place] = batch.percent[at]!
        })
        fold.seq = batch.seq
        variables.after = batch.position
      },
      error: (error) => console.error('a subscriber ended', error),
      complete() {},
    },
  )
  /** Without a word, as a cable that is pulled out. */
  const cut = () => {
    if (line?.readyState !== WebSocket.OPEN) return
    line.terminate()
    fold.cuts++
  }
  return { fold, cut }
}

test(`${SUBSCRIBERS} who follow a deployment of ${HOSTS} targets over lines that break end equal to the database`, async () => {
  const { secret } = await estate.deployer.does<{ secret: string }>('apiTokenCreate', { name: 'stream' }, 'secret')
  const { id } = await estate.approved({ pace: { maxInFlight: 2 } })
  const subscribers = await Promise.all(Array.from({ length: SUBSCRIBERS }, () => aSubscriber(id, secret)))
  await estate.deployer.does('deploymentStart', { id })

  let running = true
  const cutting = subscribers.map(async ({ cut }) => {
    while (running) {
      await sleep(200 + Math.random() * 600)
      cut()
    }
  })
  await estate.ends(id, 'SUCCEEDED', 'CONFIRMED', 120_000)
  running = false
  await Promise.all(cutting)

  const stored = await app.database.rows<{ state: string; confirmation: string }>(
    'select state, confirmation from deployment_target order by idx',
  )
  const expected = {
    state: stored.map(({ state }) => state),
    confirmation: stored.map(({ confirmation }) => confirmation),
    percent: stored.map(() => 100),
  }
  for (const { fold } of subscribers) {
    await expect.poll(() => fold.columns, { timeout: 10_000 }).toEqual(expected)
    expect(fold).toMatchObject({ resyncs: 0, backwards: 0 })
  }
  const cuts = subscribers.map(({ fold }) => fold.cuts)
  expect(Math.min(...cuts)).toBeGreaterThanOrEqual(3)
  const batches = subscribers.reduce((sum, { fold }) => sum + fold.batches, 0)
  console.log(`${cuts.reduce((sum, each) => sum + each, 0)} cuts, ${batches} batches`)
}, 180_000)
