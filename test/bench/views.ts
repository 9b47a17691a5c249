// What the dashboard's pictures cost in a real browser: the impact of an item on 200 others, and an estate of 60,000
// items by clusters. Starts the built program on an embedded PostgreSQL and drives headless Chromium, which draws
// without a graphics card. Needs Chromium; takes about two minutes.
import { loadavg } from 'node:os'
import type { Page } from 'playwright-core'
import { aCast, signIn } from '../support/cast.ts'
import { startBrowser } from '../support/chromium.ts'
import { mouse } from '../support/hand.ts'
import { startWaybill } from '../support/waybill.ts'
import { framesDuring, inWords, untilPainted } from './frames.ts'
import { median } from './graph/requests.ts'
import { scratch } from './graph/scratch.ts'
import { insertEstate, IMPACTED, ITEMS, largestSite, rootOfImpact } from './views-estate.ts'

const ROUNDS = 7
const PAN_MS = 3_000

/** Drags the picture about. */
async function drag(page: Page): Promise<void> {
  const box = (await page.locator('canvas').boundingBox())!
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x, y)
  await page.mouse.down()
  const begun = performance.now()
  for (let step = 0; performance.now() - begun < PAN_MS; step++)
    await page.mouse.move(x + 200 * Math.sin(step / 20), y + 120 * Math.cos(step / 17))
  await page.mouse.up()
}

const say = (what: string, times: number[], goal = '') =>
  console.log(
    `  ${what}: median ${median(times).toFixed(0)} ms, slowest ${Math.max(...times).toFixed(0)} ms${goal && ` (goal ${goal})`}`,
  )
const settled = async (page: Page, path: string) => {
  await page.goto(path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.locator('[role=status][aria-label=Loading]').first().waitFor({ state: 'detached' })
}
const load = () => loadavg()[0]!.toFixed(1)

async function impact(page: Page) {
  console.log(`Impact view of ${IMPACTED} nodes (load of the machine ${load()})`)
  const nodes = (count: number) => `document.querySelectorAll('[data-node]').length === ${count}`
  const [opened, narrowed, widened, pointed] = [[], [], [], []] as number[][] as [
    number[],
    number[],
    number[],
    number[],
  ]
  for (let round = 0; round < ROUNDS; round++) {
    await settled(page, `/items/${rootOfImpact}`)
    const tab = page.getByRole('tab', { name: 'Impact' })
    opened.push(await untilPainted(page, nodes(IMPACTED + 1), () => tab.click()))
    const chip = page.getByRole('group', { name: 'Classes to show' }).getByRole('button').last()
    narrowed.push(await untilPainted(page, `!(${nodes(IMPACTED + 1)})`, () => chip.click()))
    widened.push(await untilPainted(page, nodes(IMPACTED + 1), () => chip.click()))
    await page.locator('[data-node]').first().focus()
    pointed.push(
      await untilPainted(page, `document.querySelector('[data-node].opacity-35')`, () =>
        page.keyboard.press('ArrowRight'),
      ),
    )
  }
  say('from the click on its tab to the last node painted', opened, '500 ms')
  say('from a click on a class to the narrowed picture', narrowed)
  say('and back to all of them', widened)
  say('from a key to the light on the next node', pointed)
}

async function estate(page: Page) {
  console.log(`Estate of ${ITEMS.toLocaleString('en')} items (load of the machine ${load()})`)
  const [mapped, entered] = [[], []] as number[][] as [number[], number[]]
  const circles = `document.querySelectorAll('[data-dot]').length > 3`
  const items = `document.querySelector('[role=application][aria-label^="Items of"]')`
  for (let round = 0; round < ROUNDS; round++) {
    await settled(page, '/items')
    mapped.push(
      await untilPainted(page, circles, () => page.getByRole('link', { name: 'Graph', exact: true }).first().click()),
    )
    await settled(page, '/graph?by=SITE')
    const circle = page.getByRole('button', { name: largestSite }).first()
    await circle.focus()
    entered.push(await untilPainted(page, items, () => page.keyboard.press('Enter')))
  }
  say('from the click on Graph to the map of communities', mapped)
  say('from Enter on a cluster to its 400 first items', entered)
  const more = page.getByRole('button', { name: /^Draw / })
  const allDrawn = `${items} && ![...document.querySelectorAll('button')].some((each) => /^\\s*Draw /.test(each.textContent))`
  say('from there to 2,000 items', [await untilPainted(page, allDrawn, () => more.click())])
  console.log(`  dragging 2,000 items: ${inWords(await framesDuring(page, () => drag(page)))}`)
}

const ended = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => reject(new Error(`Ended by ${signal}`)))
})
ended.catch(() => {})
await using done = new AsyncDisposableStack()
const database = done.adopt(await scratch(), (each) => each.close())
await insertEstate(database.client)
const waybill = done.adopt(await startWaybill({ env: { DATABASE_URL: database.url } }), (each) => each.stop())
for (const each of Object.values(await aCast(waybill.url, waybill.setUpUrl!))) each.close()
const browser = done.adopt(await startBrowser(), (each) => each.close())
const context = await browser.newContext({ baseURL: waybill.url, viewport: { width: 1440, height: 900 } })
context.setDefaultTimeout(20_000)
const page = await context.newPage()
await signIn(mouse(page), 'admin')
await Promise.race([ended, impact(page).then(() => estate(page))])
