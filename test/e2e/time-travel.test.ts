/** The graph at any time by hand: tree, surroundings, path and rings of now and of then, the scrubber, difference and restore. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aMoment } from '../support/moment.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

/** More than the first page of a tree's branch holds. */
const JOBS = 45
const DEPENDS = [
  ['shop', 'api'],
  ['api', 'db'],
  ['api', 'cache'],
  ['cache', 'api'],
] as const

describeInChromium('the graph at any time', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  const ids: Record<string, string> = {}
  /** With everything as it was built. */
  let then: string
  /** With what was changed. */
  let after: string

  const make = async (name: string, className = 'Application') => {
    const { item } = await people.owner.mutate<{ item: { id: string } }>(
      'mutation($input: ItemCreateInput!) { itemCreate(input: $input) { item { id } userErrors { code message } position } }',
      { name, className },
    )
    ids[name] = item.id
  }
  const relate = async (source: string, target: string) => {
    const { relationship } = await people.owner.mutate<{ relationship: { id: string } }>(
      `mutation($input: RelationshipCreateInput!) { relationshipCreate(input: $input) {
        relationship { id } userErrors { code message } position } }`,
      { type: 'dependsOn', sourceId: ids[source], targetId: ids[target] },
    )
    return relationship.id
  }

  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    for (const name of ['shop', 'api', 'cache', 'lonely']) await make(name)
    await make('db', 'ComputerSystem')
    const edges = new Map<string, string>()
    for (const [source, target] of DEPENDS) edges.set(`${source} ${target}`, await relate(source, target))
    for (let at = 0; at < JOBS; at++) {
      await make(`job ${String(at).padStart(2, '0')}`)
      await relate(`job ${String(at).padStart(2, '0')}`, 'db')
    }
    then = await aMoment()
    for (const edge of ['shop api', 'cache api'])
      await people.owner.mutate(
        'mutation($input: IdInput!) { relationshipRemove(input: $input) { userErrors { code message } position } }',
        { id: edges.get(edge) },
      )
    await people.owner.mutate(
      'mutation($input: ItemUpdateInput!) { itemUpdate(input: $input) { userErrors { code message } position } }',
      { id: ids.api, name: 'interface', reason: 'a better name' },
    )
    after = await aMoment()
    person = await aPerson(browser, waybill.url)
    await signIn(mouse(person.page), 'owner')
  }, 180_000)
  afterAll(() => clear({ waybill, browser, people }))
  const heading = (name: string) => person.page.getByRole('heading', { name, level: 1, exact: true }).waitFor()
  const atOf = () => new URL(person.page.url()).searchParams.get('at')

  test('the tree of relationships opens level by level, by keys too, and loads on what is more', async () => {
    const { page } = person
    await page.goto(`/items/${ids.api}`)
    await heading('interface')
    const card = page.getByRole('region', { name: 'Relationships', exact: true })
    await card.getByRole('button', { name: 'Relationships of db' }).focus()
    await page.keyboard.press('ArrowRight')
    const group = card.getByRole('button', { name: `${JOBS + 1}` })
    await group.waitFor()
    await card.getByText('stands above').waitFor()
    expect(await card.getByRole('link', { name: /^job / }).count()).toBeLessThan(JOBS)
    await card.getByRole('button', { name: /\d+ more ?: db/ }).click()
    await expect.poll(() => card.getByRole('link', { name: /^job / }).count()).toBe(JOBS)
    expect(await card.getByRole('button', { name: /\d+ more/ }).count()).toBe(0)
    await card.getByRole('button', { name: 'Relationships of job 44' }).click()
    await expect.poll(() => card.getByText('stands above').count()).toBe(2)
    await group.focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => card.getByRole('link', { name: /^job / }).count()).toBe(0)
    expect(await axeFindings(page)).toEqual([])
  })

  test('what is around an item is drawn for as many steps as are asked for, and narrowed to a class', async () => {
    const { page } = person
    await page.goto(`/items/${ids.api}?tab=around`)
    await page.getByText('2 items around interface').waitFor()
    await page.getByLabel('Steps').focus()
    await page.keyboard.press('ArrowRight')
    await page.getByText(`${JOBS + 2} items around interface`).waitFor()
    expect(new URL(page.url()).searchParams.get('steps')).toBe('2')
    await page.getByRole('button', { name: 'Computer system 1' }).click()
    await page.getByText(`${JOBS + 1} of ${JOBS + 2} hidden by filter`).waitFor()
    await page.goto(`/items/${ids.api}?tab=around&at=${then}`)
    await page.getByText('3 items around api').waitFor()
    await expect.poll(() => page.locator('[data-node]').count()).toBe(4)
  })

  test('the path between two items is a chain with the names of its relationships, and "no path" is said plainly', async () => {
    const { page } = person
    await page.goto('/graph/path')
    await page.getByText('Choose two items.').waitFor()
    await mouse(page).find('From', 'shop')
    await mouse(page).find('To', 'lonely')
    await page.getByText('Nothing connects shop with lonely.').waitFor()
    await page.goto(`/graph/path?from=${ids.shop}&to=${ids.db}&way=DEPENDENCIES`)
    await page.getByText('shop does not depend on db.').waitFor()
    await page.goto(`/graph/path?from=${ids.shop}&to=${ids.db}&way=DEPENDENCIES&at=${then}`)
    const steps = page.getByRole('list', { name: 'The way' }).getByRole('listitem')
    await steps.nth(2).waitFor()
    expect(await steps.count()).toBe(3)
    expect(await steps.nth(1).innerText()).toMatch(/^depends on\s+api\s+Application$/i)
    expect(await steps.nth(2).innerText()).toMatch(/^depends on\s+db/i)
    await page.getByRole('button', { name: 'Live' }).click()
    await page.getByText('shop does not depend on db.').waitFor()
    expect(atOf()).toBeNull()
    expect(await axeFindings(page)).toEqual([])
  })

  test('the way is looked for along chosen relationships only, which stand in the address', async () => {
    const { page } = person
    await page.goto(`/graph/path?from=${ids.api}&to=${ids.db}`)
    await page.getByText('api is connected with db').or(page.getByText('interface is connected with db')).waitFor()
    await page.getByText('All relationships', { exact: true }).click()
    await page.getByRole('checkbox', { name: 'runs on', exact: true }).check()
    await page.getByText('interface').first().waitFor()
    await page.getByText('along the chosen relationships').waitFor()
    expect(new URL(page.url()).searchParams.get('types')).toBe('runsOn')
    await page.getByRole('checkbox', { name: 'depends on', exact: true }).check()
    await page.getByText('interface is connected with db').waitFor()
    expect(new URL(page.url()).searchParams.get('types')!.split(',').toSorted()).toEqual(['dependsOn', 'runsOn'])
    expect(await axeFindings(page)).toEqual([])
    await page.reload()
    await page.getByText('2 relationships', { exact: true }).waitFor()
    await page.goto(`/graph/path?from=${ids.api}&to=${ids.db}&types=leansOn`)
    await page.getByText('There is no relationship type').first().waitFor()
  })

  test('an item is found on the map by its name of then', async () => {
    const { page } = person
    await page.goto('/graph')
    await page.getByRole('combobox', { name: 'Find an item on the map' }).fill('interface')
    await page.getByRole('option', { name: /^interface/ }).waitFor()
    await page.goto(`/graph?at=${then}`)
    await page.getByText(/^, as it was then/).waitFor()
    await page.getByRole('combobox', { name: 'Find an item on the map' }).fill('interface')
    await expect.poll(() => page.getByRole('option', { name: /^interface/ }).count()).toBe(0)
    await page.getByRole('combobox', { name: 'Find an item on the map' }).fill('api')
    await page.getByRole('option', { name: /^api/ }).click()
    await expect.poll(() => new URL(page.url()).searchParams.get('item')).toBe(ids.api)
    expect(atOf()).toBe(then)
  })

  test('rings of dependence are listed with their items, and that of then is gone now', async () => {
    const { page } = person
    await page.goto(`/graph/rings?at=${then}`)
    await page.getByText('1 ring of dependence').waitFor()
    const ring = page.getByRole('list', { name: 'Rings of dependence' })
    await expect.poll(() => ring.getByRole('link', { name: /^(api|cache)$/ }).count()).toBe(2)
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('navigation', { name: 'Questions to the graph' }).getByRole('link', { name: 'Map' }).click()
    await page.getByText(/^, as it was then/).waitFor()
    expect(atOf()).toBe(then)
    await page.getByRole('button', { name: 'Live' }).click()
    await page.getByRole('link', { name: 'Rings' }).click()
    await page.getByText('Nothing depends on itself.').waitFor()
  })

  test('the scrubber moves an item through its changes, by button and by key, and back to now', async () => {
    const { page } = person
    await page.goto(`/items/${ids.api}`)
    await heading('interface')
    await page.getByRole('button', { name: 'Look back…' }).click()
    await page.getByText('Live. Move back to see how it was.').waitFor()
    await page.getByRole('button', { name: 'The change before' }).click()
    await page.getByText(/^As of /).waitFor()
    const last = atOf()!
    await heading('interface')
    await page.getByRole('button', { name: 'The change before' }).click()
    await heading('api')
    expect(atOf()! < last).toBe(true)
    expect(await page.getByRole('button', { name: 'Change…' }).count()).toBe(0)
    await page.getByRole('button', { name: 'The change after' }).click()
    await heading('interface')
    await page.getByRole('slider', { name: 'Time' }).focus()
    await page.keyboard.press('Home')
    await heading('api')
    await page.getByText('Nothing that you see is connected with api.').waitFor()
    await page.goto(`/items/${ids.api}?at=${then}`)
    await heading('api')
    await page.getByRole('button', { name: 'Live' }).click()
    await heading('interface')
    expect(atOf()).toBeNull()
  })

  test('the difference between two instants names what changed, who did it and why', async () => {
    const { page } = person
    await page.goto(`/difference?from=${then}&to=${after}`)
    const main = page.getByRole('main')
    await main.getByText('interface').first().waitFor()
    await main.getByText('a better name').first().waitFor()
    expect(await main.innerText()).toContain('shop')
    expect(await main.innerText()).not.toContain('job 00')
    await page.goto(`/items/${ids.api}?tab=history`)
    await page
      .getByRole('checkbox', { name: /^Choose the change of/ })
      .first()
      .check()
    await page
      .getByRole('checkbox', { name: /^Choose the change of/ })
      .last()
      .check()
    await page.getByRole('button', { name: 'Compare the two' }).click()
    await page.getByRole('dialog').getByText('interface').first().waitFor()
    await page.keyboard.press('Escape')
  })

  test('an earlier state is restored as a new change, after showing what it would change', async () => {
    const { page } = person
    await page.goto(`/items/${ids.api}?tab=history`)
    const begins = page.getByRole('listitem').filter({ hasText: 'Begins' })
    await begins.getByRole('button', { name: 'Restore…' }).click()
    const dialog = page.getByRole('dialog')
    const plan = dialog.getByRole('region', { name: 'What would change' })
    await plan.getByRole('deletion').getByText('interface').waitFor()
    await dialog.getByRole('checkbox', { name: 'Relationships' }).uncheck()
    await expect.poll(() => plan.getByRole('link').count()).toBe(0)
    await plan.getByRole('deletion').getByText('interface').waitFor()
    await mouse(page).press('Restore')
    await heading('api')
    await page.goto(`/items/${ids.api}?at=${after}`)
    await heading('interface')
    person.expectClean()
  })
})
