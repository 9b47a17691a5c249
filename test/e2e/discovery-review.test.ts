/** What a run would change waits for a person, by the policy on the page of its product, and is applied on the page of the run. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { aPerson, describeInChromium } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { book, computer, operation } from '../support/idml/books.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

describeInChromium('the review of a discovery', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
  })
  afterAll(() => clear({ waybill, browser, people }))

  const names = async () => {
    const seen = await people.admin.query<{ actualItems: { nodes: { name: string }[] } }>(
      '{ actualItems(first: 50, filter: { search: "reviewed" }) { nodes { name } } }',
    )
    return seen.actualItems.nodes.map(({ name }) => name)
  }

  test('shows what would change, and somebody discards it or applies it', async () => {
    const person = await aPerson(browser, waybill.url)
    const { page } = person
    await signIn(mouse(page), 'admin')
    await page.goto('/products?do=register')
    await page.getByLabel('Name').fill('Books to review')
    await page.getByLabel('Kind').selectOption({ label: 'IdML books' })
    await page.getByRole('dialog').getByRole('button', { name: 'Register' }).click()
    await page.getByRole('heading', { name: 'Books to review' }).waitFor()
    await page.getByLabel('What a run would change').selectOption({ label: 'Waits for a review' })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(async () => page.getByLabel('What a run would change').inputValue()).toBe('REVIEW')

    const discover = async () => {
      await page.goto('/discovery')
      await page.getByRole('button', { name: 'Discover…' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Product').selectOption({ label: 'Books to review' })
      const text = book(operation('create', computer('reviewed-1') + computer('reviewed-2')))
      await dialog
        .locator('input[type=file]')
        .setInputFiles({ name: 'books.xml', mimeType: 'application/xml', buffer: Buffer.from(text) })
      await dialog.getByRole('button', { name: 'Discover' }).click()
      await page.waitForURL(/\/discovery\/run_/)
      await page.getByText('Nothing is changed yet; it waits for a review.').waitFor()
      await page.getByText('reviewed-1').first().waitFor()
      expect(await names()).toEqual([])
    }
    await discover()
    await expectRightAtEachWidth(page)
    await page.getByRole('button', { name: 'Discard…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Discard the changes' }).click()
    await page.getByText('discarded by').waitFor()
    expect(await names()).toEqual([])

    await discover()
    const waiting = page.url()
    await page.goto('/')
    await page.getByRole('link', { name: '1 discovery to review' }).waitFor()
    await page.goto(waiting)
    await page.getByRole('button', { name: 'Apply…' }).click()
    await page
      .getByText('What it shows becomes what is known: 2 new items, 0 changed, 0 missing; 1 question for people.')
      .waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Apply the changes' }).click()
    await page.getByText('applied by').waitFor()
    await page.getByRole('link', { name: 'Reconcile what was found' }).waitFor()
    expect((await names()).toSorted()).toEqual(['reviewed-1', 'reviewed-2'])
    person.expectClean()
  })
})
