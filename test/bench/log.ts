// The log of one target in a real browser: 100,000 lines are there, and 2,000 come every second on the way that they take
// from the engine: table, event log, socket, page. The lines are written as the engine writes what modules say; nothing is
// distributed. Headless Chromium draws without a graphics card, on the same machine as the server.
// `npx tsx test/bench/log.ts [lines] [lines a second]`
import 'reflect-metadata'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { flush, Reports } from '../../server/deployment/engine/reports.ts'
import { createOrm } from '../../server/kernel/database.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { migrations } from '../../server/migrations/list.ts'
import { aCast, signIn } from '../support/cast.ts'
import { startBrowser } from '../support/chromium.ts'
import { mouse } from '../support/hand.ts'
import { startWaybill } from '../support/waybill.ts'
import { framesDuring, goal, inWords, slowed } from './frames.ts'
import { scratch } from './graph/scratch.ts'
import { insertDeployment, insertLog } from './wide-deployment.ts'

const LINES = Number(process.argv[2] ?? 100_000)
const ARRIVING = Number(process.argv[3] ?? 2_000) // a second
const FLUSHES = 10 // a second, as the engine flushes what modules say
const SECONDS = 10

await using done = new AsyncDisposableStack()
const database = done.adopt(await scratch(), (each) => each.close())
const env = { DATABASE_URL: database.url, WAYBILL_ROLES: 'api,sequencer' }
const waybill = done.adopt(await startWaybill({ env }), (each) => each.stop())
for (const each of Object.values(await aCast(waybill.url, waybill.setUpUrl!))) each.close()
const id = await insertDeployment(database.client, 1)
const { targetId, attemptId } = await insertLog(database.client, id, LINES)
const orm = done.adopt(await createOrm(database.url, { entities: [], migrations }), (each) => each.close(true))
const browser = done.adopt(await startBrowser(), (each) => each.close())
const context = await browser.newContext({ baseURL: waybill.url, viewport: { width: 1440, height: 900 } })
const page = await context.newPage()
await signIn(mouse(page), 'admin')

let written = LINES
/** Writes lines as they come from a module, for so many seconds; some are warnings, some are long and take two rows. */
async function arrive(seconds: number): Promise<void> {
  const reports = new Reports(() => {})
  const begun = performance.now()
  for (let n = 0; performance.now() - begun < seconds * 1_000; n++) {
    for (let line = 0; line < ARRIVING / FLUSHES; line++) {
      const more = ++written % 50 === 0 ? ', and what else was found to be said about it'.repeat(6) : ''
      reports.log({ attemptId, level: written % 200 === 0 ? 'warn' : 'info', line: `copied file ${written}${more}` })
    }
    const deployment = { uuid: id, version: 1, scopeIds: [], steps: [] }
    await orm.em.fork().transactional((em) => flush(em, attemptId, deployment, reports.take()))
    await sleep(Math.max(0, begun + ((n + 1) * 1_000) / FLUSHES - performance.now()))
  }
}

const log = page.getByRole('log')
/** Number of the last line that is drawn. */
const lastDrawn = (on: Page) =>
  on.evaluate<number>(
    `Math.max(...[...document.querySelectorAll('[role=log] button')].map((each) => +each.textContent))`,
  )
const until = async (what: string, isSo: () => Promise<boolean>) => {
  for (const deadline = Date.now() + 120_000; !(await isSo()); await sleep(50))
    if (Date.now() > deadline) throw new Error(`This did not come: ${what}`)
}
const nodes = () => page.evaluate<number>(`document.querySelectorAll('[role=log] *').length`)

console.log(
  `A log of ${LINES.toLocaleString('en')} lines and ${ARRIVING.toLocaleString('en')} more a second (load of the machine ${loadavg()[0]!.toFixed(1)})`,
)
const opened = performance.now()
await page.goto(`/deployments/${toNodeId('dpl', id)}?tab=log&target=${toNodeId('tgt', targetId)}`)
await log.waitFor()
await until('the last line', async () => (await lastDrawn(page)) === LINES)
console.log(`  from the address to the last line: ${((performance.now() - opened) / 1_000).toFixed(1)} s`)
await sleep(2_000)

console.log(`  at rest: ${inWords(await framesDuring(page, () => sleep(3_000)))}`)
const quick = await framesDuring(page, () => arrive(SECONDS))
goal(`while they come: ${inWords(quick)}, ${await nodes()} nodes`, quick.fps >= 58, '58 a second')
await until('the last of them', async () => (await lastDrawn(page)) === written)
await slowed(page, 4, async () => {
  const slow = await framesDuring(page, () => arrive(SECONDS))
  goal(`with a processor four times as slow: ${inWords(slow)}, ${await nodes()} nodes`, slow.fps >= 30, '30 a second')
})
await until('the last of them', async () => (await lastDrawn(page)) === written)

// Following, letting go by scrolling up, what came since, and the end again by its key, all while lines come.
const streaming = arrive(12)
const box = (await log.boundingBox())!
await sleep(1_000)
const before = await lastDrawn(page)
await sleep(1_000)
goal(
  `follows: ${(await lastDrawn(page)) - before} lines further after a second`,
  (await lastDrawn(page)) - before > ARRIVING / 2,
  `${ARRIVING} a second`,
)
await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
await page.mouse.wheel(0, -3_000)
await sleep(500)
const held = await lastDrawn(page)
await sleep(2_000)
const drift = (await lastDrawn(page)) - held
const button = page.getByRole('button', { name: /new lines/ })
goal(
  `scrolled up: moved by ${drift} lines in two seconds, and the button says "${(await button.textContent())?.trim()}"`,
  drift === 0,
  '0 lines',
)
await log.press('End')
await sleep(300)
const back = await lastDrawn(page)
await sleep(1_000)
goal(
  `End: ${(await lastDrawn(page)) - back} lines further after a second`,
  (await lastDrawn(page)) - back > ARRIVING / 2 && (await button.count()) === 0,
  `${ARRIVING} a second, and no button`,
)
await streaming
await until('the last of all', async () => (await lastDrawn(page)) === written)
goal(`the last line is number ${written.toLocaleString('en')}, as in the database`, true, 'none missed')
