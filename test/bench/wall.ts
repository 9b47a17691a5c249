// A wall screen that is open for long: its boards turn, deployments run on the server all the time, and the server is
// killed and started again in between. Says what the page holds at the start and at the end, whether it missed anything,
// and how long it took to be live again. WALL_MINUTES=480 is a day in the room; without it a quarter of an hour.
import 'reflect-metadata'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomes, placeOf } from '../../dashboard/src/features/deployment/outcomes.ts'
import { wordsOf } from '../../dashboard/src/graphql/states.ts'
import type { Topic } from '../../server/kernel/events.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { NEWS } from '../../server/overview/activity.subscription.ts'
import { startLightHosts } from '../../server/sample/light-hosts.ts'
import { stopHosts } from '../../server/sample/stop-hosts.ts'
import { aCast, signIn } from '../support/cast.ts'
import { deploy, killServer, prepare, standingOf, startServer, until, type Standing } from '../support/chaos.ts'
import { startBrowser } from '../support/chromium.ts'
import { gridOf } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { goal } from './frames.ts'
import { scratch } from './graph/scratch.ts'
import { compareInOrder, held, listen, tilesOf } from './wall-screen.ts'

const MINUTES = Number(process.env.WALL_MINUTES ?? 15)
/** Before the first look at the memory: every board was there more than once, and what is kept from then on is kept. */
const WARM_UP = Math.min(5, MINUTES / 5) // minutes
const AT_ONCE = 3 // deployments
const TARGETS = 20 // of each: so few that the board gives each a tile with its name
const EVERY = 5 // seconds a board
const RESTART_EVERY = Math.max(2, MINUTES / 40) // minutes
const megabytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MB`

await using done = new AsyncDisposableStack()
const database = done.adopt(await scratch(), (each) => each.close())
const folder = done.adopt(await mkdtemp(join(tmpdir(), 'waybill-wall-')), (each) => rm(each, { recursive: true }))
const settings = { DATABASE_URL: database.url, WAYBILL_SESSION_HOURS: '72' }
let server = await startServer(join(folder, 'data'), 0, settings)
done.defer(() => killServer(server))
const port = Number(new URL(server.url).port)
const people = await aCast(server.url, /http\S+token=\S+/.exec(server.lines.join('\n'))![0])
done.defer(() => Object.values(people).forEach((each) => each.close()))
const estate = done.adopt(
  await startLightHosts(join(folder, 'light'), AT_ONCE * TARGETS),
  async ({ hosts }) => void (await stopHosts(hosts)),
)
const { versions, targetIds } = await prepare(people, estate)
const parts = Array.from({ length: AT_ONCE }, (_, n) => targetIds.slice(n * TARGETS, (n + 1) * TARGETS))

const browser = done.adopt(await startBrowser(), (each) => each.close())
const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1920, height: 1080 } })
const page = await context.newPage()
await signIn(mouse(page), 'approver')
const { savedView } = await people.approver.mutate<{ savedView: { id: string } }>(
  'mutation($input: SavedViewCreateInput!) { savedViewCreate(input: $input) { savedView { id } userErrors { code message } position } }',
  { name: 'Deployments', path: '/deployments' },
)
const heard = listen(page)
const session = await context.newCDPSession(page)
await page.goto(`/wall?boards=now,DPL-1,${savedView.id}&every=${EVERY}`)
await page.evaluate('void (window.neverReloaded = true)')

let [deployments, restarts, rounds] = [0, 0, 0]
const back: number[] = []
const different: string[] = []
let compared = 0
const ended = ({ state, confirmation }: Standing) =>
  !['QUEUED', 'RUNNING', 'PAUSED'].includes(state) && confirmation !== 'AWAITED'

const startOne = (part: number) => {
  deployments++
  return deploy(people, parts[part]!, versions.get(rounds % 2 ? '1.0.0' : '1.1.0')!)
}
const untilEnded = (id: string) =>
  until(120_000, async () => (ended(await standingOf(people.deployer, id)) ? true : null))

/** kill -9 and start again; how long until the page says by itself that it is live. */
async function restart() {
  await killServer(server)
  await sleep(3_000)
  server = await startServer(join(folder, 'data'), port, settings)
  const begun = performance.now()
  await page.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 })
  back.push(performance.now() - begun)
  restarts++
}

const move = (verb: string, id: string) =>
  people.deployer.mutate(
    `mutation($input: MoveInput!) { ${verb}(input: $input) { userErrors { code message } position } }`,
    { id },
  )

/**
 * A deployment that begins while its board stands there, is held half way, and must then look on the screen as it is in
 * the database: the board was drawn from what came since, not read anew.
 */
async function compare(withRestart: boolean) {
  await until(EVERY * 5_000, async () => (new URL(page.url()).searchParams.get('turn') === '0' ? true : null))
  await page.keyboard.press('h')
  const id = await startOne(0)
  await move('deploymentPause', id).catch(() => {})
  if (withRestart) await restart()
  const { deployment } = await people.admin.query<{ deployment: { number: string; state: string } }>(
    'query($id: ID!) { deployment(id: $id) { number state } }',
    { id },
  )
  if (deployment.state === 'PAUSED') {
    const inDatabase = async () => {
      const { names, state, confirmation } = await gridOf(people.admin, id)
      return names.map((name, n) => [name, wordsOf(outcomes[placeOf(state[n]!, confirmation[n]!)]!)] as const)
    }
    let last = ''
    const wrong = await until(30_000, async () => {
      const wanted = await inDatabase()
      const shown = await tilesOf(page, deployment.number)
      const differing = wanted.filter(([name, words]) => shown[name] !== words)
      const moving = wanted.filter(([, words]) => words === 'running' || words === 'reported')
      last = differing.map(([name, words]) => `${name} is ${words} and shown as ${shown[name]}`).join(', ')
      if (moving.length > 0) last += ` with ${moving.length} still moving`
      return moving.length + differing.length > 0 ? null : differing
    }).catch(() => `after 30 s ${last}`)
    compared++
    if (typeof wrong === 'string') different.push(`${deployment.number}: ${wrong}`)
    // What was under way when it was held may have been all.
    await move('deploymentResume', id).catch(() => {})
  }
  await untilEnded(id)
  await page.keyboard.press('h')
}

const begun = Date.now()
const minutes = () => (Date.now() - begun) / 60_000
let restarted = 0
/** Goes on until so many minutes have passed since the beginning. */
async function work(to: number) {
  for (; minutes() < to; rounds++) {
    const withRestart = minutes() - restarted > RESTART_EVERY
    if (withRestart) restarted = minutes()
    if (withRestart || rounds % 4 === 0) await compare(withRestart)
    else {
      const ids: string[] = []
      for (const part of parts.keys()) ids.push(await startOne(part))
      for (const id of ids) await untilEnded(id)
    }
  }
  // What is measured is the same board each time, at rest.
  await until(EVERY * 5_000, async () => (new URL(page.url()).searchParams.get('turn') === '0' ? true : null))
  await page.keyboard.press('h')
  await sleep(2_000)
  const now = await held(session)
  await page.keyboard.press('h')
  return now
}
const headOf = async () => Number((await database.client.query('select head from event_epoch')).rows[0].head)
const say = (what: string, { heap, nodes, listeners }: Awaited<ReturnType<typeof held>>) =>
  console.log(`  ${what}: heap ${megabytes(heap)}, ${nodes} nodes, ${listeners} listeners`)

console.log(`A wall with three boards of ${EVERY} s each, for ${MINUTES} minutes`)
const head = await headOf()
const first = await work(WARM_UP)
say(`after ${WARM_UP} minutes`, first)
let last = first
for (let part = 1; part <= 4; part++) {
  last = await work(WARM_UP + ((MINUTES - WARM_UP) * part) / 4)
  say(`after ${minutes().toFixed(0)} minutes, ${deployments} deployments, ${restarts} restarts`, last)
}

const events = (await headOf()) - head
const { rows } = await database.client.query<{ topic: Topic; subject: string }>(
  'select topic, subject from event where topic = any($1) and seq > $2 and seq <= $3 order by seq',
  [Object.keys(NEWS), heard.from, heard.to],
)
const happened = rows.map(({ topic, subject }) => `${topic} ${toNodeId(NEWS[topic]!, subject)}`)
// The first message may itself tell of the change at its place.
const told = heard.changes.slice(heard.changes.length > happened.length ? 1 : 0)
const { missed, surplus } = compareInOrder(happened, told)
console.log(
  `  ${deployments} deployments to ${TARGETS} targets each, ${events.toLocaleString('en')} events (${(events / minutes()).toFixed(0)} a minute), ` +
    `${heard.messages.toLocaleString('en')} messages to the page`,
)
const grown = (last.heap / first.heap - 1) * 100
goal(`heap ${megabytes(first.heap)} → ${megabytes(last.heap)}, ${grown.toFixed(1)} %`, grown < 20, 'growth below 20 %')
goal(`nodes ${first.nodes} → ${last.nodes}`, last.nodes < first.nodes * 1.2, 'growth below 20 %')
goal(
  `${missed} of ${happened.length.toLocaleString('en')} changes missed, ${surplus + heard.backwards} twice or out of order, ${heard.resyncs} snapshots instead of the log`,
  missed + surplus + heard.backwards === 0 && happened.length > 0,
  'none missed, none twice',
)
goal(
  `${compared} comparisons of the board with the database, ${different.length} different ${different.join('; ')}`,
  compared > 0 && different.length === 0,
  'none different',
)
goal(
  `${restarts} restarts, live again at most ${(Math.max(...back) / 1_000).toFixed(1)} s after the server was; never loaded anew: ${await page.evaluate('window.neverReloaded === true')}`,
  restarts > 0 && (await page.evaluate<boolean>('window.neverReloaded === true')),
  'by itself',
)
