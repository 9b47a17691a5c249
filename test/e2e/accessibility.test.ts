import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { startBrowser } from '../support/chromium.ts'
import { aCast, signIn, silent } from '../support/cast.ts'
import { addFault, approvedDeployment, gridOf, start } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { details, dialogs, lists } from '../support/pages.ts'
import { rawWords, tabsOutOfSight } from '../support/plain-words.ts'
import { clear } from '../support/stage.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

const WIDTHS = [1440, 390] // pixels
const HANGING = 'tokyo-web-1'

/** Opens a page and waits until it shows what it is about. */
async function open(page: Page, path: string) {
  await page.goto(path)
  await page.getByRole('heading').first().waitFor()
  await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count(), { timeout: 20_000 }).toBe(0)
}

/**
 * What is wrong with the page, in both schemes and widths, with the dialog behind the button `asked`. A page that
 * scrolls sideways on a phone is wrong too, and one that uses the names of the API where people have a word.
 */
async function faultsOf(page: Page, path: string, asked?: string | RegExp): Promise<string[]> {
  const faults: string[] = []
  await open(page, path)
  if (asked) {
    await page.getByRole('button', { name: asked, exact: typeof asked === 'string' }).click()
    await page.getByRole('dialog').waitFor()
  }
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      for (const finding of await axeFindings(page, { colours: colorScheme === 'dark' }))
        faults.push(`${path} (${width}, ${colorScheme}): ${finding}`)
    }
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
    if (wide > width) faults.push(`${path} scrolls sideways: it is ${wide} wide in a window of ${width}`)
    await expect.poll(() => tabsOutOfSight(page), { message: `the chosen tab of ${path} at ${width}` }).toEqual([])
  }
  for (const raw of await rawWords(page)) faults.push(`${path} speaks like the API: ${raw}`)
  await page.setViewportSize({ width: WIDTHS[0]!, height: 900 })
  return faults
}

async function allFaults(person: Person, paths: readonly string[]): Promise<string[]> {
  const waiting = [...paths]
  const faults: string[] = []
  const work = async (page: Page) => {
    for (let path = waiting.shift(); path; path = waiting.shift()) faults.push(...(await faultsOf(page, path)))
  }
  const second = await person.context.newPage()
  await Promise.all([work(person.page), work(second)])
  await second.close()
  return faults
}

describeInChromium('every page, for everybody', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let deploymentId: string
  beforeAll(async () => {
    ;[waybill, browser] = await Promise.all([startWaybill(), startBrowser()])
  })
  afterAll(() => clear({ waybill, browser, people }))

  test('the ways in', async () => {
    const stranger = await aPerson(browser, waybill.url)
    const ways = [waybill.setUpUrl!.replace(waybill.url, ''), '/sign-in', '/invitation?token=none']
    expect(await allFaults(stranger, ways)).toEqual([])
    stranger.expectClean()
  })

  test('empty', async () => {
    people = await aCast(waybill.url, waybill.setUpUrl!)
    person = await aPerson(browser, waybill.url)
    await signIn(mouse(person.page), 'admin')
    expect(await allFaults(person, lists)).toEqual([])
    person.expectClean()
  })

  test('full', async () => {
    await driveTheRoad(people, silent)
    const { deployments } = await people.admin.query<{ deployments: { nodes: { id: string }[] } }>(
      '{ deployments(first: 1) { nodes { id } } }',
    )
    const pages = [...lists, ...(await details(people.admin, deployments.nodes[0]!.id))]
    expect(await allFaults(person, pages)).toEqual([])
    person.expectClean()
  })

  test('questions over a page', async () => {
    const faults = []
    for (const [path, asked] of dialogs) faults.push(...(await faultsOf(person.page, path, asked)))
    expect(faults).toEqual([])
    person.expectClean()
  })

  test('live, while a deployment runs and one host hangs', async () => {
    deploymentId = await approvedDeployment(people, '1.0.0')
    await addFault(waybill, HANGING, { step: 'restart', fault: 'hang' })
    await start(people.deployer, deploymentId)
    const hanging = async () => {
      const { names, state } = await gridOf(people.admin, deploymentId)
      return state[names.indexOf(HANGING)]
    }
    await expect.poll(hanging, { timeout: 60_000 }).toBe('RUNNING')
    const pages = [...lists, ...(await details(people.admin, deploymentId))]
    expect(await allFaults(person, pages)).toEqual([])
    expect(await hanging(), 'the host still hangs').toBe('RUNNING')
    person.expectClean()
  })
})
