/** Lists that are looked at while others work: what is new waits, what has left is marked, and nothing jumps. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

describeInChromium('a list that is looked at', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let reader: Person
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    reader = await aPerson(browser, waybill.url)
    await signIn(mouse(reader.page), 'owner')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  /** Somebody else makes a release. */
  const made = async (title: string) => {
    const { release } = await people.owner.mutate<{ release: { id: string } }>(
      `mutation($input: ReleaseCreateInput!) { releaseCreate(input: $input) { release { id } userErrors { code message } position } }`,
      { title },
    )
    return release.id
  }
  const cancelled = (id: string) =>
    people.owner.mutate(
      `mutation($input: MoveInput!) { releaseCancel(input: $input) { userErrors { code message } position } }`,
      { id, reason: 'Of no use.' },
    )
  const names = async (page: Page) =>
    (await page.locator('[data-row] a').allTextContents()).map((text) => text.replace(/^\W*REL-\d+\s*/, '').trim())
  const news = (page: Page, words: string) => page.getByRole('button', { name: `Show what is new: ${words}` })
  /** What one has just opened shows everything as it comes. */
  const lookFor = (page: Page, ms: number) => page.waitForTimeout(ms)

  test('lets new rows wait, marks what has left, and shows all by a key', async () => {
    const { page } = reader
    const first = await made('First')
    await made('Second')
    await page.goto('/releases?show=open')
    await expect.poll(() => names(page)).toEqual(['Second', 'First'])
    await lookFor(page, 3_000)
    await page.locator('[data-row="1"]').focus()
    const before = await page.locator('[data-row="1"]').boundingBox()
    await made('Third')
    await news(page, '1 new').waitFor()
    expect(await names(page)).toEqual(['Second', 'First'])
    expect(await page.locator('[data-row="1"]').boundingBox()).toEqual(before)
    await cancelled(first)
    await news(page, '1 new · 1 gone').waitFor()
    await page.getByText('Not in this list any more:').waitFor({ state: 'attached' })
    await expectRightAtEachWidth(page)
    await page.keyboard.press('.')
    await expect.poll(() => names(page)).toEqual(['Third', 'Second'])
    await expect.poll(() => news(page, '').count()).toBe(0)
  }, 120_000)

  test('shows them by its button too, and leaves who pressed it at the first row', async () => {
    const { page } = reader
    await page.goto('/releases')
    await expect.poll(() => names(page)).toEqual(['Third', 'Second', 'First'])
    await lookFor(page, 3_000)
    await made('Fourth')
    await news(page, '1 new').press('Enter')
    await expect.poll(() => names(page)).toEqual(['Fourth', 'Third', 'Second', 'First'])
    expect(await page.locator('[data-row="0"]:focus').count()).toBe(1)
  }, 120_000)

  test('says of each of its views how many rows it has by now', async () => {
    const { page } = reader
    const view = { name: 'Under way', path: '/releases?show=open' }
    await people.owner.mutate(
      `mutation($input: SavedViewCreateInput!) { savedViewCreate(input: $input) { userErrors { code message } position } }`,
      view,
    )
    await page.goto('/releases')
    const chip = (rows: number) =>
      page.getByRole('navigation', { name: 'Saved views' }).getByRole('link', { name: `Under way , rows: ${rows}` })
    await chip(3).waitFor()
    await made('Fifth')
    await chip(4).waitFor()
    await expectRightAtEachWidth(page)
    await chip(4).click()
    await page.waitForURL('**/releases?show=open')
    expect(await chip(4).getAttribute('aria-current')).toBe('true')
  }, 120_000)

  test('shows what the reader makes at once', async () => {
    const { page } = reader
    const record = async (name: string) => {
      await page.keyboard.press('c')
      await mouse(page).fill('Name', name)
      await page.getByRole('dialog').getByRole('button', { name: 'Record', exact: true }).click()
    }
    await page.goto('/items')
    await lookFor(page, 3_000)
    await record('alpha')
    await page.getByRole('link', { name: 'alpha', exact: true }).waitFor()
    expect(await news(page, '').count()).toBe(0)
    reader.expectClean()
  }, 120_000)
})
