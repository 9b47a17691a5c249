/** What is refused, or left out, because something stands against it: the pages say what, by name. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

const ANSWER = 'userErrors { code message } position'

describeInChromium('what stands against it', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  const does = <T>(name: string, type: string, input: object, selection = '') =>
    people.admin.mutate<T>(`mutation($input: ${type}!) { ${name}(input: $input) { ${selection} ${ANSWER} } }`, input)
  const create = (input: object) =>
    does<{ item: { id: string } }>('itemCreate', 'ItemCreateInput', input, 'item { id }').then(({ item }) => item.id)

  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    person = await aPerson(browser, waybill.url)
    await signIn(mouse(person.page), 'admin')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  test('an attribute and a class in use stay, and the page of the class says who uses them', async () => {
    await does('classDefine', 'ClassDefineInput', { name: 'Kiosk', title: 'Kiosk' })
    await does('attributeDefine', 'AttributeDefineInput', { className: 'Kiosk', name: 'tag', title: 'Asset tag' })
    await create({ className: 'Kiosk', name: 'kiosk-1', attributes: { tag: 'K-1' } })
    const { page } = person
    await page.goto('/classes?class=Kiosk')
    const own = page.getByRole('region', { name: 'Attributes of Kiosk' })
    await own.getByRole('button', { name: 'Remove' }).click()
    const removing = page.getByRole('dialog', { name: 'Remove Asset tag from Kiosk?' })
    await removing.getByRole('button', { name: 'Remove' }).click()
    expect(await removing.getByRole('alert').textContent()).toBe(
      'Asset tag (Kiosk.tag) is in use and cannot be removed: 1 configuration item (kiosk-1: K-1) has a value of it. Take those values away first.',
    )
    await removing.getByRole('button', { name: 'Back' }).click()

    await page.getByRole('button', { name: 'Retire' }).click()
    const retiring = page.getByRole('dialog', { name: 'Retire Kiosk?' })
    await retiring.getByRole('button', { name: 'Retire' }).click()
    expect(await retiring.getByRole('alert').textContent()).toBe(
      'Kiosk is in use and cannot be retired: by 1 configuration item (kiosk-1).',
    )
    await retiring.getByRole('button', { name: 'Back' }).click()
    await page.getByRole('button', { name: 'Retire' }).click()
    expect(await retiring.getByRole('alert').count()).toBe(0)
    await retiring.getByRole('button', { name: 'Back' }).click()
    person.expectClean()
  }, 120_000)

  test('a relationship that a promotion leaves out is said at once and among the results', async () => {
    const lima = await create({ className: 'Site', name: 'Lima' })
    await create({ className: 'ComputerSystem', name: 'wanderer', siteId: lima })
    const folder = join(waybill.folder, 'tables')
    await mkdir(folder)
    await writeFile(join(folder, 'hosts.csv'), 'Host,Room\nwanderer,Quito\n')
    const { product } = await does<{ product: { id: string } }>(
      'productRegister',
      'ProductRegisterInput',
      {
        name: 'Sheet',
        kind: 'table',
        config: {
          path: join(folder, 'hosts.csv'),
          mapping: { class: 'ComputerSystem', name: 'Host', key: 'Host', site: 'Room' },
        },
      },
      'product { id }',
    )
    const seen = () =>
      people.admin.query<{ actualItems: { totalCount: number } }>('{ actualItems(first: 1) { totalCount } }')
    await does('discoveryStart', 'DiscoveryStartInput', { productId: product.id })
    await expect.poll(async () => (await seen()).actualItems.totalCount, { timeout: 60_000 }).toBe(2)

    const { page } = person
    await page.goto('/reconciliation')
    await page.getByRole('button', { name: 'Promote everything…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Promote' }).click()
    await page.getByText('1 item was not related as seen.').waitFor()
    await page.getByRole('link', { name: 'Show why' }).click()
    await page.waitForURL(/kind=LINK_FAILURE/)
    const result = page.getByRole('listitem').filter({ hasText: 'could not be related as it is seen' })
    await result
      .getByText(
        'wanderer is located in Quito, as it is seen, was not authorized: wanderer is located in Lima already, and it can have only one such relationship.',
      )
      .waitFor()
    expect(await result.getByRole('link', { name: 'Quito' }).count()).toBe(1)
    person.expectClean()
  }, 120_000)
})
