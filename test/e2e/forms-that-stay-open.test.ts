import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

const ANSWER = 'userErrors { code message } position'

describeInChromium('a form that stays open while others are at work', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let page: Page
  let productId = ''
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    const { product } = await people.admin.mutate<{ product: { id: string } }>(
      `mutation($input: PlainInput!) { sampleOpen(input: $input) { product { id } ${ANSWER} } }`,
    )
    productId = product.id
    person = await aPerson(browser, waybill.url)
    page = person.page
    await signIn(mouse(page), 'admin')
  }, 180_000)
  afterAll(() => clear({ waybill, browser, people }))

  const openPage = async (path: string) => {
    await page.goto(path)
    await page.locator('header').getByRole('status').getByText('Live', { exact: true }).waitFor()
  }

  test('a policy is saved one time after the other, and what another person sets of it meanwhile stays', async () => {
    const set = `mutation($input: DiscoveryPolicySetInput!) { discoveryPolicySet(input: $input) { ${ANSWER} } }`
    interface Policy {
      everyMinutes: number | null
      retireAfterDays: number | null
      retireAfterRefreshes: number | null
    }
    const policy = async () => {
      const { product } = await people.admin.query<{ product: { discoveryPolicy: Policy } }>(
        `query($id: ID!) { product: managementProduct(id: $id) {
           discoveryPolicy { everyMinutes retireAfterDays retireAfterRefreshes } } }`,
        { id: productId },
      )
      return product.discoveryPolicy
    }
    await openPage(`/products/${productId}`)
    const card = page.getByRole('region', { name: 'Policy of discovery' })
    const every = card.getByLabel('Look every … minutes')
    const days = card.getByLabel('Retire after … days missing')
    const save = card.getByRole('button', { name: 'Save' })
    await every.fill(' 600')
    await save.click()
    await expect.poll(policy).toMatchObject({ everyMinutes: 600 })
    await expect.poll(() => every.inputValue(), { message: 'as the server reads it' }).toBe('600')

    await days.fill('30')
    await people.owner.mutate(set, { productId, everyMinutes: 600, retireAfterRefreshes: 5 })
    await expect.poll(() => card.getByLabel(/^Retire after … whole looks/).inputValue()).toBe('5')
    expect(await days.inputValue()).toBe('30')
    await save.click()
    const both = { everyMinutes: 600, retireAfterDays: 30, retireAfterRefreshes: 5 }
    await expect.poll(policy).toMatchObject(both)

    await every.fill('700')
    await people.owner.mutate(set, { productId, ...both, everyMinutes: 800 })
    await card.getByRole('alert').getByText('Look every … minutes is now “800”').waitFor()
    expect(await save.isDisabled()).toBe(true)
    expect(await axeFindings(page)).toEqual([])
    await card.getByRole('button', { name: 'Keep mine' }).click()
    await save.click()
    await expect.poll(policy).toMatchObject({ ...both, everyMinutes: 700 })
  })

  test('a rule that another person saved first is refused with all that one wrote still there, and asks what is to be', async () => {
    await openPage('/discovery/rules')
    await page.getByRole('button', { name: 'Change the rule of Every class' }).click()
    const form = page.getByRole('form', { name: 'Rule of Every class' })
    const stale = form.getByRole('group', { name: 'Values of every attribute' }).getByLabel('Stale after')
    await stale.fill('2 h')
    const set = `mutation($input: IdentityRuleSetInput!) { identityRuleSet(input: $input) { ${ANSWER} } }`
    await people.admin.mutate(set, { className: '*', values: [{ attribute: '*', sources: ['ssh'] }] })
    await form.getByRole('button', { name: 'Save and work out anew' }).click()
    await form.getByRole('alert').getByText('The rule of * was changed in the meantime').waitFor()
    await form.getByRole('alert').getByText('Whose values count is now').waitFor()
    expect(await stale.inputValue()).toBe('2 h')
    await form.getByRole('button', { name: 'Take theirs' }).click()
    expect(await stale.inputValue()).toBe('')
    await stale.fill('3 h')
    await form.getByRole('button', { name: 'Save and work out anew' }).click()
    await page.getByText('stale after 3 h').waitFor()
  })

  test('a scope that somebody removes meanwhile is not made anew by saving its form', async () => {
    const { promotionScope } = await people.admin.mutate<{ promotionScope: { id: string } }>(
      `mutation($input: PromotionScopeCreateInput!) { promotionScopeCreate(input: $input) { promotionScope { id } ${ANSWER} } }`,
      { name: 'Short-lived', className: 'ComputerSystem' },
    )
    await openPage('/reconciliation?tab=scopes')
    await mouse(page).press('Change Short-lived')
    await mouse(page).fill('Name', 'Long-lived')
    await people.admin.mutate(`mutation($input: MoveInput!) { promotionScopeRemove(input: $input) { ${ANSWER} } }`, {
      id: promotionScope.id,
    })
    const dialog = page.getByRole('dialog', { name: 'Change Short-lived' })
    await dialog.getByRole('alert').getByText('It is not there any more.').waitFor()
    expect(await dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('Long-lived')
    expect(await dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
    person.expectClean()
  })
})
