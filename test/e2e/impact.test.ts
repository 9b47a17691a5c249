/** The impact of one item by hand: light on a part of it, narrowed to classes, beside its table. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

/** shop → api → cache and jobs → cache, each depending on the next; the shop is a service. */
const ITEMS = { cache: 'ComputerSystem', api: 'Application', jobs: 'Application', shop: 'BusinessService' }
const DEPENDS = [
  ['api', 'cache'],
  ['jobs', 'cache'],
  ['shop', 'api'],
] as const

describeInChromium('the impact of an item', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  const ids: Record<string, string> = {}
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    for (const [name, className] of Object.entries(ITEMS)) {
      const { item } = await people.owner.mutate<{ item: { id: string } }>(
        'mutation($input: ItemCreateInput!) { itemCreate(input: $input) { item { id } userErrors { code message } position } }',
        { name, className },
      )
      ids[name] = item.id
    }
    for (const [source, target] of DEPENDS)
      await people.owner.mutate(
        'mutation($input: RelationshipCreateInput!) { relationshipCreate(input: $input) { userErrors { code message } position } }',
        { type: 'dependsOn', sourceId: ids[source], targetId: ids[target] },
      )
    person = await aPerson(browser, waybill.url)
    await signIn(mouse(person.page), 'owner')
  }, 180_000)
  afterAll(() => clear({ waybill, browser, people }))
  const faded = () =>
    person.page.evaluate<string[]>(
      `[...document.querySelectorAll('[data-node].opacity-35')].map((node) => node.querySelector('p').textContent.trim()).sort()`,
    )

  test('the key and the mouse put light on a node with its way, and the row beside it is marked', async () => {
    const { page } = person
    await page.goto(`/items/${ids.cache}?tab=impact&view=both`)
    const node = (name: string) => page.locator(`[data-node="${ids[name]}"]`)
    await node('shop').waitFor()
    await node('cache').focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await expect.poll(faded).toEqual(['jobs'])
    const marked = page.getByRole('grid', { name: 'What is affected' }).locator('[class*="inset_2px"]')
    expect(await marked.innerText()).toContain('shop')
    await page.keyboard.press('Tab')
    await node('jobs').hover()
    await expect.poll(faded).toEqual(['api', 'shop'])
    await page
      .getByRole('row')
      .filter({ has: page.getByRole('link', { name: 'shop', exact: true }) })
      .hover()
    await expect.poll(faded).toEqual(['jobs'])
    await page.mouse.move(0, 0)
    await expect.poll(faded).toEqual([])
    expect(await axeFindings(page)).toEqual([])
  })

  test('narrowed to services, it says what is hidden, keeps the way to them and stands in the address', async () => {
    const { page } = person
    await page.getByRole('button', { name: 'Business service 1' }).click()
    await page.getByText('2 of 3 hidden by filter; one of them stays, pale,').waitFor()
    await expect.poll(() => page.locator('[data-node]').count()).toBe(3)
    expect(await page.getByRole('button', { name: /on the way only/ }).count()).toBe(1)
    expect(await page.getByRole('grid', { name: 'What is affected' }).locator('[data-row]').count()).toBe(1)
    expect(new URL(page.url()).searchParams.get('classes')).toBe('BusinessService')
    expect(await axeFindings(page)).toEqual([])
    await page.reload()
    await page.getByText('2 of 3 hidden by filter').waitFor()
    await page.getByRole('button', { name: 'Every one' }).click()
    await expect.poll(() => page.locator('[data-node]').count()).toBe(4)
    person.expectClean()
  })
})
