/** From a file in somebody's hands to discovered items: the mapping of its columns in the dashboard. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { aPerson, describeInChromium } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

const FILE = `Asset;Host;Serial No;CPUs;Cluster;Location
A-1;web-1;SX7001;4;blue;Austin
A-2;web-2;SX7002;many;;Tokyo
A-3;web-3;SX7003;8;;Tokyo
`

describeInChromium('the mapping of a table', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
  })
  afterAll(() => clear({ waybill, browser, people }))

  test('is proposed, corrected before the eyes, saved and discovered', async () => {
    const person = await aPerson(browser, waybill.url)
    const { page } = person
    await signIn(mouse(page), 'admin')
    await page.goto('/products?do=register')
    await page.getByLabel('Name').fill('Asset list')
    await page.getByLabel('Kind').selectOption({ label: 'CSV or JSON table' })
    await page.getByRole('dialog').getByRole('button', { name: 'Register' }).click()
    await page.getByRole('heading', { name: 'Mapping of Asset list' }).waitFor()

    const file = { name: 'assets.csv', mimeType: 'text/csv', buffer: Buffer.from(FILE) }
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByText('5 items from the first 3 rows').waitFor()
    await page.getByText('"many" is no whole number, so cpus was left out.').waitFor()
    expect(await page.getByLabel('Serial No', { exact: true }).inputValue()).toBe('attribute serialNumber')

    await page.getByLabel('Cluster', { exact: true }).selectOption('to runsOn')
    expect(await page.getByLabel('Class that Cluster names').inputValue()).toBe('Cluster')
    await page.getByText('not seen yet').waitFor()
    await page.getByLabel('Cluster', { exact: true }).selectOption('')
    await expect.poll(() => page.getByText('not seen yet').count()).toBe(0)

    await expectRightAtEachWidth(page)

    await page.getByRole('button', { name: 'Save and discover' }).click()
    await page.waitForURL(/\/discovery\/run_/)
    const { actualItems } = await until(people, (seen) => seen.actualItems.totalCount === 5)
    expect(actualItems.nodes.map(({ name }) => name).toSorted()).toEqual(['Austin', 'Tokyo', 'web-1', 'web-2', 'web-3'])
    person.expectClean()
  })
})

interface Seen {
  actualItems: { totalCount: number; nodes: { name: string }[] }
}
async function until({ admin }: People, wanted: (seen: Seen) => boolean): Promise<Seen> {
  const seen = () => admin.query<Seen>('{ actualItems(first: 50) { totalCount nodes { name } } }')
  await expect.poll(async () => wanted(await seen()), { timeout: 60_000 }).toBe(true)
  return seen()
}
