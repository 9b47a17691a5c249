/** A promotion scope is given a mapping on the page, and before a promotion it is said what becomes of what was seen. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import { until } from '../support/until.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

const ANSWER = 'userErrors { code message } position'

describeInChromium('promotion scopes', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  const does = <T>(name: string, type: string, input: object, selection = '') =>
    people.admin.mutate<T>(`mutation($input: ${type}!) { ${name}(input: $input) { ${selection} ${ANSWER} } }`, input)

  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    const folder = join(waybill.folder, 'tables')
    await mkdir(folder)
    await writeFile(join(folder, 'machines.csv'), 'Name,Model,Serial,Host\nguest-1,KVM,S-1,\nguest-2,KVM,S-2,guest-1\n')
    const columns = { model: 'Model', serialNumber: 'Serial' }
    const { product } = await does<{ product: { id: string } }>(
      'productRegister',
      'ProductRegisterInput',
      {
        name: 'Sheet',
        kind: 'table',
        config: {
          path: join(folder, 'machines.csv'),
          mapping: {
            ...{ class: 'VirtualMachine', name: 'Name', key: 'Name', attributes: columns },
            relationships: [{ type: 'runsOn', class: 'VirtualMachine', column: 'Host' }],
          },
        },
      },
      'product { id }',
    )
    const seen = () =>
      people.admin.query<{ actualItems: { totalCount: number } }>('{ actualItems(first: 1) { totalCount } }')
    await does('discoveryStart', 'DiscoveryStartInput', { productId: product.id })
    await until(seen, ({ actualItems }) => actualItems.totalCount === 2, 120_000)
    person = await aPerson(browser, waybill.url)
    await signIn(mouse(person.page), 'admin')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  test('a mapping is added, refused in its place when it cannot be followed, and shown with its scope', async () => {
    const { page } = person
    await page.goto('/reconciliation')
    await page.getByRole('button', { name: 'Change Computers with their site and software' }).click()
    const form = page.getByRole('dialog', { name: 'Change Computers with their site and software' })
    await form.getByRole('button', { name: 'Add a mapping' }).click()
    await form.getByRole('button', { name: 'Add a mapping' }).click()
    const [first, second] = [form.getByRole('group').nth(0), form.getByRole('group').nth(1)]
    for (const mapping of [first, second]) {
      await mapping.getByLabel('Seen as').selectOption('VirtualMachine')
      await mapping.getByLabel('Becomes').selectOption('ComputerSystem')
    }
    await first.getByLabel('Begins as').selectOption('TEST')
    await form.getByRole('button', { name: 'Save' }).click()
    await second.getByText('Two mappings are for VirtualMachine').waitFor()
    await expectRightAtEachWidth(page)
    await second.getByRole('button', { name: 'Remove Virtual machine → Computer system' }).click()
    await form.getByRole('button', { name: 'Save' }).click()
    await form.waitFor({ state: 'detached' })
    await page.getByText('Virtual machine → Computer system').waitFor()
    await expectRightAtEachWidth(page)
    person.expectClean()
  }, 120_000)

  test('before a promotion it is said which class things become, what is not copied and which relationships are left out, and so it is', async () => {
    const { page } = person
    const { actualItems } = await people.admin.query<{ actualItems: { nodes: { id: string }[] } }>(
      '{ actualItems(first: 1) { nodes { id } } }',
    )
    await page.goto(`/items?tab=actual&actual=${actualItems.nodes[0]!.id}`)
    await page.getByText('Promoted as: Computer system. Not copied: Serial number.').waitFor()
    await expectRightAtEachWidth(page)

    await page.goto('/reconciliation')
    await page.getByRole('button', { name: 'Promote everything…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Promote everything that was seen' })
    const line = dialog.getByRole('listitem').filter({ hasText: 'Virtual machine' })
    await line.getByText('2 new, begins as test').waitFor()
    await line.getByText('Not copied: Serial number (not copied by the scope)').waitFor()
    const left = dialog.getByRole('region', { name: 'Relationships that are left out' })
    await left.getByText('1 relationship is left out').waitFor()
    await left.getByText('rule: classes of the relationship').waitFor()
    const why = 'guest-2 (ComputerSystem) cannot be the source of runsOn'
    await left.getByText(why).waitFor()
    await expectRightAtEachWidth(page)
    await dialog.getByRole('button', { name: 'Promote' }).click()
    await page.getByText('2 items are authorized.').waitFor()
    await page.getByText(`guest-2 runs on guest-1, as it is seen, was not authorized: ${why}`).first().waitFor()
    const { configurationItems } = await people.admin.query<{ configurationItems: { nodes: { id: string }[] } }>(
      '{ configurationItems(first: 10) { nodes { id className state attributes { name authorizedValue } } } }',
    )
    const attributes = expect.arrayContaining([
      { name: 'model', authorizedValue: 'KVM' },
      { name: 'serialNumber', authorizedValue: null },
    ])
    const authorized = { id: expect.any(String) as string, className: 'ComputerSystem', state: 'TEST', attributes }
    expect(configurationItems.nodes).toEqual([authorized, authorized])

    const scope = 'Computers with their site and software'
    await page.goto(`/items/${configurationItems.nodes[0]!.id}`)
    const origin = page.getByRole('region', { name: 'Where it comes from' })
    await origin.getByText(`Promoted through ${scope}`).waitFor()
    await origin.getByText('Seen as Virtual machine, authorized as Computer system.').waitFor()
    await origin.getByText('items promote').waitFor()
    await expectRightAtEachWidth(page)
    const { promotionScopes } = await people.admin.query<{ promotionScopes: { id: string }[] }>(
      '{ promotionScopes { id } }',
    )
    await does('promotionScopeUpdate', 'PromotionScopeUpdateInput', { id: promotionScopes[0]!.id, name: 'Guests' })
    await origin.getByText(`Promoted through Guests, then called ${scope}`).waitFor()
    await does('promotionScopeUpdate', 'PromotionScopeUpdateInput', { id: promotionScopes[0]!.id, name: scope })
    person.expectClean()
  }, 120_000)

  test('a scope is removed when asked again, and the only one stays with the reason', async () => {
    await does('promotionScopeCreate', 'PromotionScopeCreateInput', { name: 'Places', className: 'Site' })
    const { page } = person
    await page.goto('/reconciliation')
    await page.getByRole('button', { name: 'Remove Places' }).click()
    await page.getByRole('dialog', { name: 'Remove Places?' }).getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('button', { name: 'Remove Places' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Remove Computers with their site and software' }).click()
    const asking = page.getByRole('dialog', { name: 'Remove Computers with their site and software?' })
    await asking.getByRole('button', { name: 'Remove' }).click()
    await asking.getByText('is the only promotion scope, and every promotion goes through one.').waitFor()
    person.expectClean()
  }, 120_000)
})
