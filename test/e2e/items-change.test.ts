/** The list of items by hand: narrowed by facets, put in order, several changed at once and that taken back. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { describeInChromium, type Person } from '../support/browser.ts'
import { clear } from '../support/stage.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'
import { aWalkedStage } from '../support/walked-stage.ts'
import type { Waybill } from '../support/waybill.ts'

describeInChromium('the list of items', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  beforeAll(async () => {
    ;({ waybill, browser, people, person } = await aWalkedStage())
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  test('several items are narrowed, ordered, ticked, changed and brought back', async () => {
    const { page } = person
    await page.goto('/items')
    const list = page.getByRole('grid', { name: 'Items' })
    const rows = list.locator('[data-row]')
    await page.getByRole('checkbox', { name: /^Computer system/ }).check()
    await page.getByRole('checkbox', { name: /^Austin/ }).check()
    await expect.poll(() => rows.count()).toBe(4)
    const first = () => rows.first().getByRole('link').textContent()
    await list.getByRole('button', { name: 'Item' }).click()
    await list.getByRole('button', { name: 'Item' }).click()
    await expect.poll(first).toBe('austin-web-2')
    expect(new URL(page.url()).searchParams.get('sort')).toBe('-name')
    await page.reload()
    await expect.poll(first).toBe('austin-web-2')

    await rows.nth(0).getByRole('checkbox').click()
    await rows
      .nth(2)
      .getByRole('checkbox')
      .click({ modifiers: ['Shift'] })
    await page.getByText('3 items selected').waitFor()
    await page.getByRole('button', { name: 'Change…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Change 3 items' })
    await dialog.getByLabel('State').selectOption('TEST')
    await dialog.getByLabel('Why').fill('a trial')
    await dialog.getByRole('button', { name: 'Change 3 items' }).click()
    await page.getByText('3 items changed').waitFor()
    await expect.poll(() => page.getByRole('checkbox', { name: /^test/ }).count()).toBe(1)
    await expect.poll(() => list.getByText('test', { exact: true }).count()).toBe(3)

    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('3 items as before').waitFor()
    await expect.poll(() => list.getByText('test', { exact: true }).count()).toBe(0)
    person.expectClean()
  }, 120_000)

  test('what discovery saw is narrowed by facets, now and at an earlier time', async () => {
    const { page } = person
    await page.goto('/items?tab=actual')
    const rows = page.getByRole('grid', { name: 'Actual items' }).locator('[data-row]')
    const narrow = page.getByRole('complementary', { name: 'Narrow the list' })
    await narrow.getByRole('checkbox', { name: /^present/ }).waitFor()
    const machines = narrow.getByRole('checkbox', { name: /^Computer system/ })
    const count = Number(
      (await narrow
        .getByText(/^Computer system/)
        .locator('..')
        .textContent())!.match(/(\d+)\s*$/)![1],
    )
    await machines.check()
    await expect.poll(() => rows.count()).toBe(count)
    await narrow.getByRole('checkbox', { name: /^Not yet authorized/ }).waitFor({ state: 'detached' })
    await expectRightAtEachWidth(page)
    const at = new Date().toISOString()
    await page.goto(`/items?tab=actual&class=ComputerSystem&at=${at}`)
    await expect.poll(() => rows.count()).toBe(count)
    await rows.first().click({ position: { x: 60, y: 12 } })
    const sheet = page.getByRole('dialog')
    await sheet.getByText('Authorized as').waitFor()
    expect(await sheet.getByRole('link').first().getAttribute('href')).toContain('at=')
    await page.goto('/items?tab=actual&at=2001-01-01T00:00:00Z')
    await page.getByText('There was nothing then.').waitFor()
    person.expectClean()
  }, 120_000)

  test('of chosen items it is told what outside depends on them, with the set in the address', async () => {
    const { page } = person
    await page.goto('/items?search=austin-&class=ComputerSystem')
    const rows = page.getByRole('grid', { name: 'Items' }).locator('[data-row]')
    await rows.first().waitFor()
    await rows.nth(0).getByRole('checkbox').click()
    await rows.nth(1).getByRole('checkbox').click()
    await page.getByRole('link', { name: 'Dependants outside' }).click()
    await page.getByText('Outside of 2 items').waitFor()
    expect(new URL(page.url()).searchParams.get('of')!.split(',')).toHaveLength(2)
    const told = page.getByRole('grid', { name: 'Dependants outside' }).locator('[data-row]')
    const { dependantsOutside } = await people.owner.query<{ dependantsOutside: { total: number } }>(
      'query($ids: [ID!]!) { dependantsOutside(ids: $ids) { total } }',
      { ids: new URL(page.url()).searchParams.get('of')!.split(',') },
    )
    expect(dependantsOutside.total).toBeGreaterThan(0)
    await expect.poll(() => told.count()).toBe(dependantsOutside.total)

    await expectRightAtEachWidth(page)
    await page
      .getByRole('button', { name: /^Take .* out of the set/ })
      .first()
      .click()
    await page.getByText('Outside of 1 item').waitFor()
    expect(new URL(page.url()).searchParams.get('of')!.split(',')).toHaveLength(1)
    person.expectClean()
  }, 120_000)
})
