// The target grid of one deployment with 5,000 targets in a real browser, at rest and while 5,000 of its cells change every
// second: the way from the event log through the socket to the canvas. The changes are written to the log as the engine
// writes them; nothing is distributed. Headless Chromium draws without a graphics card, on the same machine as the server.
// `npx tsx test/bench/grid.ts [targets] [changes a second] [site or state]`
import 'reflect-metadata'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { recordProgress } from '../../server/deployment/engine/progress.ts'
import { createOrm } from '../../server/kernel/database.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { migrations } from '../../server/migrations/list.ts'
import { aCast, signIn } from '../support/cast.ts'
import { startBrowser } from '../support/chromium.ts'
import { mouse } from '../support/hand.ts'
import { startWaybill } from '../support/waybill.ts'
import { framesDuring, inWords } from './frames.ts'
import { scratch } from './graph/scratch.ts'
import { insertDeployment } from './wide-deployment.ts'

const TARGETS = Number(process.argv[2] ?? 5_000)
const CHANGES = Number(process.argv[3] ?? 5_000) // a second
const BY = process.argv[4] ?? 'site' // or state
const BATCHES = 20 // a second, as the engine gathers them
const SECONDS = 10

await using done = new AsyncDisposableStack()
const database = done.adopt(await scratch(), (each) => each.close())
const env = { DATABASE_URL: database.url, WAYBILL_ROLES: 'api,sequencer' }
const waybill = done.adopt(await startWaybill({ env }), (each) => each.stop())
for (const each of Object.values(await aCast(waybill.url, waybill.setUpUrl!))) each.close()
const id = await insertDeployment(database.client, TARGETS)
const orm = done.adopt(await createOrm(database.url, { entities: [], migrations }), (each) => each.close(true))
const browser = done.adopt(await startBrowser(), (each) => each.close())
const context = await browser.newContext({ baseURL: waybill.url, viewport: { width: 1440, height: 900 } })
const page = await context.newPage()
await signIn(mouse(page), 'admin')
await page.goto(`/deployments/${toNodeId('dpl', id)}?by=${BY}`)
await page.locator('canvas').first().waitFor()
await sleep(2_000)

let changes = 0
/** What becomes of a target with its next change: a tenth further, then reported, then confirmed; one of 200 fails half way. */
function next(place: number) {
  const [idx, step] = [place % TARGETS, Math.floor(place / TARGETS) + 1]
  const percent = Math.min(100, 10 * step)
  if (idx % 200 === 0 && step >= 5)
    return { idx, state: 'FAILED', confirmation: 'UNCONFIRMED', percent: 50, step_index: 1 }
  const state = percent < 100 ? 'RUNNING' : 'REPORTED_OK'
  return { idx, state, confirmation: step > 10 ? 'CONFIRMED' : 'AWAITED', percent, step_index: percent > 50 ? 2 : 1 }
}
async function batch(): Promise<void> {
  const rows = Array.from({ length: Math.round(CHANGES / BATCHES) }, () => next(changes++))
  await orm.em.fork().transactional((em) => recordProgress(em, { uuid: id, version: 1, scopeIds: [] }, rows))
}
async function changing(): Promise<void> {
  const begun = performance.now()
  for (let n = 0; performance.now() - begun < SECONDS * 1_000; n++) {
    await batch()
    await sleep(Math.max(0, begun + ((n + 1) * 1_000) / BATCHES - performance.now()))
  }
}

console.log(`A grid of ${TARGETS.toLocaleString('en')} targets (load of the machine ${loadavg()[0]!.toFixed(1)})`)
console.log(`  at rest: ${inWords(await framesDuring(page, () => sleep(3_000)))}`)
const frames = await framesDuring(page, changing)
console.log(
  `  while ${Math.round(changes / SECONDS)} cells changed every second: ${inWords(frames)} (goal 58 a second)`,
)
