/** A protected state on the pages: set for a class, said on the item, opened by an approved release in progress, named in the history. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

describeInChromium('a protected state', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  const does = <T>(name: string, type: string, input: object, selection = '') =>
    people.admin.mutate<T>(
      `mutation($input: ${type}!) { ${name}(input: $input) { ${selection} userErrors { code message } position } }`,
      input,
    )

  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    person = await aPerson(browser, waybill.url)
    await signIn(mouse(person.page), 'admin')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  test('is set for a class, said on the item, opened by an approved release that lists it, and the history names that', async () => {
    const { item } = await does<{ item: { id: string } }>(
      'itemCreate',
      'ItemCreateInput',
      { className: 'Application', name: 'till' },
      'item { id }',
    )
    const { page } = person
    await page.goto('/classes?class=Application')
    await page.getByText('None of its states is protected.').waitFor()
    await page.getByRole('button', { name: 'Change', exact: true }).first().click()
    const form = page.getByRole('dialog', { name: 'Change Application' })
    await form.getByLabel('Says itself which states are protected').check()
    await form.getByLabel('production').check()
    await form.getByRole('button', { name: 'Save' }).click()
    await page
      .getByText('Protected in production: to change such an item takes an approved release in progress that lists it.')
      .waitFor()

    await page.goto(`/items/${item.id}`)
    await page.getByRole('button', { name: 'To production' }).click()
    await page.getByText('Changing it needs an approved release in progress that lists this item.').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Change…' }).count()).toBe(0)

    const { release } = await does<{ release: { id: string; number: string } }>(
      'releaseCreate',
      'ReleaseCreateInput',
      { title: 'Open the till' },
      'release { id number }',
    )
    await page.goto(`/releases/${release.id}`)
    const others = page.getByRole('region', { name: 'What else it changes' })
    await others.getByRole('button', { name: 'Add…' }).click()
    const adding = page.getByRole('dialog', { name: 'Add an item that it changes' })
    await adding.getByRole('combobox').fill('till')
    await page.getByRole('option', { name: 'till' }).click()
    await adding.getByRole('button', { name: 'Add' }).click()
    await others.getByRole('link', { name: 'till' }).waitFor()
    await does('releasePlan', 'MoveInput', { id: release.id })
    await does('releaseStart', 'MoveInput', { id: release.id })
    await page.getByText('1 item that it lists is protected. People change such items').waitFor()
    await page.goto(`/items/${item.id}`)
    await page.getByText('Changing it needs an approved release in progress that lists this item.').waitFor()

    const approver = await aPerson(browser, waybill.url)
    await signIn(mouse(approver.page), 'approver')
    await approver.page.goto(`/releases/${release.id}`)
    await approver.page.getByRole('button', { name: 'Approve…' }).click()
    await approver.page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
    await approver.page.getByText('1 item that it lists is protected, and can be changed now.').waitFor()
    await expectRightAtEachWidth(approver.page)
    approver.expectClean()

    await page.goto(`/items/${item.id}`)
    await page.getByRole('link', { name: release.number }).waitFor()
    await page.getByRole('button', { name: 'To test' }).click()
    await expect.poll(() => page.getByText('is protected.').count()).toBe(0)
    await page.goto(`/items/${item.id}?tab=history`)
    await page.getByRole('link', { name: release.number }).first().click()
    await page.waitForURL(`**/releases/${release.id}`)
    person.expectClean()
  }, 180_000)
})
