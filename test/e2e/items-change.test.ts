/** The list of items by hand: narrowed by facets, put in order, several changed at once and that taken back. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { describeInChromium, type Person } from '../support/browser.ts'
import { clear } from '../support/stage.ts'
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
})
