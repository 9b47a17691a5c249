import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { axeFindings } from '../support/axe.ts'
import { describeInChromium, type Person } from '../support/browser.ts'
import { aTask } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { see } from '../support/road.ts'
import { clear } from '../support/stage.ts'
import { aWalkedStage } from '../support/walked-stage.ts'
import type { Waybill } from '../support/waybill.ts'

const ANSWER = 'userErrors { code message } position'
/** More than a page of the API. */
const MANY = 201
const LOOSE = 3
/** Items with a site are made one after the other by the server. */
const AT_ONCE = 4

describeInChromium('the deployments of a task', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  beforeAll(async () => {
    ;({ waybill, browser, people, person } = await aWalkedStage())
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  const items = async (first: number, search: string) =>
    (
      await people.owner.query<{ items: { nodes: { id: string }[] } }>(
        `query($first: Int!, $search: String) { items: configurationItems(first: $first,
           filter: { classNames: ["ComputerSystem"], authorized: true, search: $search }) { nodes { id } } }`,
        { first, search },
      )
    ).items.nodes.map(({ id }) => id)

  /** A task under way, for these targets and the package of the sample. */
  async function aWideTask(targetIds: string[]): Promise<string> {
    const { owner } = people
    const { packages } = await owner.query<{ packages: { nodes: { versions: { nodes: { id: string }[] } }[] } }>(
      '{ packages(first: 1) { nodes { versions(first: 1) { nodes { id } } } } }',
    )
    const [sourceId] = packages.nodes[0]!.versions.nodes.map(({ id }) => id)
    return aTask(owner, 'Wide', sourceId!, targetIds)
  }

  test('are made with their pace, and what is out of bounds is refused beside its field, with nothing made', async () => {
    const { page } = person
    const hand = mouse(page)
    await page.goto(`/tasks/${await aWideTask(await items(200, '-web-'))}`)
    await hand.press('Create deployments…')
    await hand.choose('How many', 'One deployment for all chosen targets')
    await hand.fill('Targets at once', 'many')
    await see(page, 'A whole number, please.')
    const create = page.getByRole('dialog').getByRole('button', { name: 'Create 1 deployment' })
    expect(await create.isDisabled()).toBe(true)
    await hand.fill('Targets at once', '2000')
    await create.click()
    await see(page, /From 1 to 1,000 targets are worked on at once; 2000 is not in between/)
    await hand.fill('Targets at once', '3')
    await create.click()
    await page.waitForURL('**/deployments/*')
    await see(page, '3 at once, 10 min 00 s each at most')
    person.expectClean()
  })

  /** New items in test, at this site or at none. */
  async function manyItems(count: number, name: string, siteId?: string): Promise<string[]> {
    const ids: string[] = []
    for (let at = 0; at < count; at += AT_ONCE) {
      const made = await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, one) =>
          people.owner.mutate<{ item: { id: string } }>(
            `mutation($input: ItemCreateInput!) { itemCreate(input: $input) { item { id } ${ANSWER} } }`,
            { name: `${name}-${at + one}`, className: 'ComputerSystem', siteId },
          ),
        ),
      )
      ids.push(...made.map(({ item }) => item.id))
    }
    for (const some of [ids.slice(0, 150), ids.slice(150)].filter(({ length }) => length > 0))
      await people.owner.mutate(`mutation($input: ItemsChangeInput!) { itemsChange(input: $input) { ${ANSWER} } }`, {
        ids: some,
        state: 'TEST',
      })
    return ids
  }
  let wide: string
  const deployments = async () =>
    (
      await people.owner.query<{ task: { deployments: { nodes: { title: string; targetTotal: number }[] } } }>(
        'query($id: ID!) { task(id: $id) { deployments(first: 9) { nodes { title targetTotal } } } }',
        { id: wide },
      )
    ).task.deployments.nodes

  test(`a task with ${MANY} targets at one site and some at none has one deployment for each site`, async () => {
    const { page } = person
    const { item } = await people.owner.mutate<{ item: { id: string } }>(
      `mutation($input: ItemCreateInput!) { itemCreate(input: $input) { item { id } ${ANSWER} } }`,
      { name: 'Berlin', className: 'Site' },
    )
    const [berlin, nowhere] = [await manyItems(MANY, 'berlin', item.id), await manyItems(LOOSE, 'loose')]
    wide = await aWideTask([...berlin, ...nowhere, ...(await items(1, 'web-1'))])
    await page.goto(`/tasks/${wide}`)
    await mouse(page).press('Create deployments…')
    const dialog = page.getByRole('dialog')
    await dialog.getByText(`Distribute Wide, Berlin: ${MANY} targets`).waitFor()
    await dialog.getByText(`Distribute Wide, At no site: ${LOOSE} targets`).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await dialog
      .getByRole('group', { name: 'Sites' })
      .getByRole('checkbox', { name: /, 1 target$/ })
      .uncheck()
    await dialog.getByRole('button', { name: 'Create 2 deployments' }).click()
    await page.getByText('validate next.').waitFor()
    expect((await deployments()).map(({ title, targetTotal }) => [title, targetTotal]).sort()).toEqual([
      ['Distribute Wide, At no site', LOOSE],
      ['Distribute Wide, Berlin', MANY],
    ])
    person.expectClean()
  }, 180_000)

  test('or one deployment for all of them, and leaves none out unseen', async () => {
    const { page } = person
    await page.goto(`/tasks/${wide}`)
    await mouse(page).press('Create deployments…')
    await mouse(page).choose('How many', 'One deployment for all targets')
    const dialog = page.getByRole('dialog')
    await dialog.getByText(`Distribute Wide: ${MANY + LOOSE + 1} targets`).waitFor()
    await dialog.getByRole('button', { name: 'Create 1 deployment' }).click()
    await page.waitForURL('**/deployments/*')
    expect(await deployments()).toContainEqual({ title: 'Distribute Wide', targetTotal: MANY + LOOSE + 1 })
    person.expectClean()
  })
})
