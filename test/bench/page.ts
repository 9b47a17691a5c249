// How quick the dashboard is for a person at an estate of 60,000 items with 50 releases at eight sites: until the pages
// stand there on a slow machine behind a slow line, what clicks and keys take and how much moves under them, the palette,
// the board of releases, and from the commit of a change to its pixel. Starts the built program on an embedded PostgreSQL
// and drives headless Chromium, which draws without a graphics card, on the same machine. `npm run bench -- page
// [rounds] [parts]`, parts being loads, work, palette, board and streams.
import 'reflect-metadata'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext, Page } from 'playwright-core'
import { recordProgress } from '../../server/deployment/engine/progress.ts'
import { createOrm } from '../../server/kernel/database.ts'
import { record } from '../../server/kernel/events.ts'
import { rows } from '../../server/kernel/sql.ts'
import { migrations } from '../../server/migrations/list.ts'
import { aCast, signIn } from '../support/cast.ts'
import { startBrowser } from '../support/chromium.ts'
import { mouse } from '../support/hand.ts'
import { startWaybill } from '../support/waybill.ts'
import { goal, slowed, untilPainted } from './frames.ts'
import { median } from './graph/requests.ts'
import { scratch } from './graph/scratch.ts'
import { insertReleases, PLACES, RELEASES, RUNNING, type Opened } from './page-estate.ts'
import {
  clock,
  clockAhead,
  interaction,
  layoutShift,
  nextDifference,
  observe,
  PIXELS,
  seenBy,
  settled,
  throttled,
} from './page-measures.ts'
import { insertEstate, ITEMS } from './views-estate.ts'
import { atWork } from './page-work.ts'

const ROUNDS = Number(process.argv[2] ?? 3)
const PARTS = process.argv.slice(3)
const CHANGES = Math.min(20 * ROUNDS, RUNNING / PLACES) // each of another target of the first site
const SLOW = { times: 4, megabits: 10, latency: 40 }
const VIEWPORT = { width: 1440, height: 900 }

await using done = new AsyncDisposableStack()
const database = done.adopt(await scratch(), (each) => each.close())
await insertEstate(database.client)
const env = { DATABASE_URL: database.url, WAYBILL_ROLES: 'api,sequencer' }
const waybill = done.adopt(await startWaybill({ env }), (each) => each.stop())
for (const each of Object.values(await aCast(waybill.url, waybill.setUpUrl!))) each.close()
const opened = await insertReleases(database.client)
const orm = done.adopt(await createOrm(database.url, { entities: [], migrations }), (each) => each.close(true))
const browser = done.adopt(await startBrowser(), (each) => each.close())
const first = await aPage()
await signIn(mouse(first), 'admin')
const session = await first.context().storageState()

type BrowserState = Awaited<ReturnType<BrowserContext['storageState']>>
/** A browser that knows nothing yet but who it is. */
async function aPage(storageState?: BrowserState, isThere?: string): Promise<Page> {
  const context = await browser.newContext({
    baseURL: waybill.url,
    viewport: VIEWPORT,
    ...(storageState && { storageState }),
  })
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  await observe(page, isThere)
  return page
}

async function loads(paths: readonly string[]) {
  console.log(
    `From nothing to the page: processor ${SLOW.times} times as slow, ${SLOW.megabits} Mbit/s, ${SLOW.latency} ms`,
  )
  for (const path of paths) {
    const visits = []
    for (let round = 0; round < ROUNDS; round++) {
      const page = await aPage(session)
      await throttled(page, SLOW)
      await page.goto(path)
      await settled(page)
      await sleep(1_000)
      visits.push(await seenBy(page))
      await page.context().close()
    }
    const paint = median(visits.map((each) => each.paint))
    const content = median(visits.map((each) => each.content))
    const shifts = visits.map((each) => layoutShift(each.shifts)).toSorted((a, b) => b.by - a.by)
    const { painted } = visits.at(-1)!
    goal(
      `${path}: LCP ${paint.toFixed(0)} ms (${painted}), all there after ${content.toFixed(0)} ms`,
      paint <= 1_500,
      '1,500 ms',
    )
    const { by, what } = shifts[0]!
    if (by > 0.005) goal(`${path}: CLS ${by.toFixed(3)} (${what})`, by <= 0.05, '0.05')
  }
}

async function work(name: string, page: Page, goalOfClicks: number | null) {
  const interactions = await atWork(page, opened.paths)
  const seen = await seenBy(page)
  const { ms, slowest } = interaction(seen.events, interactions)
  const measured = `${name}: INP ${ms} ms of ${interactions} clicks and keys`
  if (goalOfClicks) goal(measured, ms <= goalOfClicks, `${goalOfClicks} ms`)
  else console.log(`  ${measured}`)
  for (const each of slowest) console.log(`    ${each}`)
  const { by, what } = layoutShift(seen.shifts)
  goal(`${name}: CLS ${by.toFixed(3)}${what && ` (${what})`}`, by <= 0.05, '0.05')
}

async function palette(page: Page) {
  const isOpen = `document.querySelector('[role=dialog] [role=option]')`
  const open = () => untilPainted(page, isOpen, () => page.keyboard.press('Control+k'))
  await page.goto('/items')
  await settled(page)
  await sleep(3_000)
  const times: number[] = []
  for (let round = 0; round <= ROUNDS * 3; round++) {
    times.push(await open())
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  goal(`palette, opened for the first time: ${times[0]!.toFixed(0)} ms`, times[0]! < 100, 'below 100 ms')
  const again = times.slice(1)
  goal(
    `palette, opened again: median ${median(again).toFixed(0)} ms, slowest ${Math.max(...again).toFixed(0)} ms`,
    median(again) < 100,
    'below 100 ms',
  )
}

/** How many cells of the board stand whole within the window, and within what scrolls in it. */
const SHOWN = `(() => {
  const board = document.querySelector('[role=region][aria-label="Releases by place"]')
  const { left, right } = board.getBoundingClientRect()
  return [...board.querySelectorAll('[data-cell]')].filter((cell) => {
    const box = cell.getBoundingClientRect()
    return box.left >= left && box.right <= Math.min(right, innerWidth) + 1 && box.top >= 0 && box.bottom <= innerHeight
  }).length
})()`

async function board() {
  const all = RELEASES * PLACES
  const isThere = `document.querySelectorAll('[data-cell]').length >= ${all}`
  const [direct, byClick] = [[], []] as number[][] as [number[], number[]]
  let forms: { form: string; shown: number; high: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const page = await aPage(session, isThere)
    await page.goto('/releases')
    await settled(page)
    byClick.push(
      await untilPainted(page, isThere, () => page.getByRole('link', { name: 'Board', exact: true }).click()),
    )
    await page.goto('/releases/board')
    await page
      .locator('[data-cell]')
      .nth(all - 1)
      .waitFor()
    direct.push((await seenBy(page)).content)
    forms = []
    for (const form of ['Comfortable', 'Dense']) {
      await page.getByRole('button', { name: form, exact: true }).click()
      await page.getByRole('button', { name: form, exact: true, pressed: true }).waitFor()
      forms.push({
        form: form.toLowerCase(),
        shown: await page.evaluate<number>(SHOWN),
        high: await page.evaluate<number>(
          'document.querySelector("[data-cell]").closest("tr").getBoundingClientRect().height',
        ),
      })
    }
    await page.context().close()
  }
  console.log(`Board of ${RELEASES} releases at ${PLACES} sites`)
  console.log(
    `  from the click to all cells: median ${median(byClick).toFixed(0)} ms; from the address: ${median(direct).toFixed(0)} ms`,
  )
  for (const { form, shown, high } of forms) {
    const measured = `${form}: ${shown} of ${all} cells show at ${VIEWPORT.width} × ${VIEWPORT.height}, a row is ${high.toFixed(0)} px high`
    if (form === 'dense') goal(measured, shown === all, 'all on one screen')
    else console.log(`  ${measured}`)
  }
}

/** Commits a change and waits for it on the page, again and again; ms of each, in order of size. */
async function delays(
  page: Page,
  read: string,
  pause: number,
  change: (n: number) => Promise<unknown>,
): Promise<number[]> {
  const ahead = await clockAhead(page)
  const found: number[] = []
  for (let n = 0; n < CHANGES; n++) {
    // At no fixed place within the beats of the server and of the screen.
    await sleep(pause * (1 + Math.random()))
    const shown = await nextDifference(page, read)
    await change(n)
    const committed = clock()
    found.push((await shown()) - ahead - committed)
  }
  return found.toSorted((a, b) => a - b)
}

async function streams({ deployment, release, paths }: Opened) {
  const say = (what: string, times: number[]) => {
    const p95 = times[Math.floor(times.length * 0.95)]!
    const figures = `median ${median(times).toFixed(0)} ms, 95 % within ${p95.toFixed(0)} ms, slowest ${times.at(-1)!.toFixed(0)} ms`
    goal(`${what}: ${figures}, ${times.length} changes`, p95 <= 250, '95 % within 250 ms')
  }
  const page = await aPage(session)
  await page.goto(paths.deployment)
  await page.locator('canvas').first().waitFor()
  await sleep(2_000)
  const confirmed = { state: 'REPORTED_OK', confirmation: 'CONFIRMED', percent: 100, step_index: 2 }
  const progress = (idx: number) =>
    orm.em
      .fork()
      .transactional((em) =>
        recordProgress(em, { uuid: deployment, version: 1, scopeIds: [] }, [{ idx, ...confirmed }]),
      )
  say('From the commit to the pixel of the target grid', await delays(page, PIXELS, 150, progress))

  // A list or a page of its own asks again at most once a second, so changes come a little slower here.
  await page.goto(paths.release)
  await settled(page)
  await sleep(2_000)
  const rename = (n: number) =>
    orm.em.fork().transactional(async (em) => {
      await rows(em, 'update release set title = $2, version = version + 1 where uuid = $1', [release, `Renamed ${n}`])
      await record(em, { topic: 'release.changed', subject: release, scopeIds: [] })
    })
  say(
    'From the commit to the title of a release',
    await delays(page, `document.querySelector('h1').textContent`, 1_000, rename),
  )
  await page.context().close()
}

console.log(
  `${ITEMS.toLocaleString('en')} items, ${RELEASES} releases; ${ROUNDS} rounds (load of the machine ${loadavg()[0]!.toFixed(1)})`,
)
const { deployment, release, item } = opened.paths
const pages = [
  '/', '/deployments', deployment, '/releases', '/releases/board', release, '/tasks?show=all', '/items', item,
  '/graph', '/reconciliation', '/discovery', '/library', '/audit',
] // prettier-ignore
const parts: Record<string, () => Promise<unknown>> = {
  loads: () => loads(pages),
  work: async () => {
    console.log('A person works through the pages')
    await work('at full speed', await aPage(session), 100)
    const slow = await aPage(session)
    await slowed(slow, SLOW.times, () => work(`processor ${SLOW.times} times as slow`, slow, null))
  },
  palette: () => palette(first),
  board,
  streams: () => streams(opened),
}
for (const [name, part] of Object.entries(parts)) if (PARTS.length === 0 || PARTS.includes(name)) await part()
