import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn, silent } from '../support/cast.ts'
import { aTask } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { see } from '../support/road.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

const ANSWER = 'userErrors { code message } position'
/** More than a page of the API. */
const MANY = 201

describeInChromium('the deployments of a task', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    await driveTheRoad(people, silent)
    person = await aPerson(browser, waybill.url)
    await signIn(mouse(person.page), 'owner')
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

  test(`a task with ${MANY} targets makes one deployment for all of them, and leaves none out unseen`, async () => {
    const { page } = person
    for (let at = 0; at < MANY; at += 20)
      await Promise.all(
        Array.from({ length: Math.min(20, MANY - at) }, (_, one) =>
          people.owner.mutate(`mutation($input: ItemCreateInput!) { itemCreate(input: $input) { ${ANSWER} } }`, {
            name: `many-${at + one}`,
            className: 'ComputerSystem',
          }),
        ),
      )
    const made = await people.owner.query<{ items: { nodes: { id: string }[] } }>(
      '{ items: configurationItems(first: 200, filter: { search: "many-" }) { nodes { id } } }',
    )
    const ids = made.items.nodes.map(({ id }) => id)
    await people.owner.mutate(`mutation($input: ItemsChangeInput!) { itemsChange(input: $input) { ${ANSWER} } }`, {
      ids,
      state: 'TEST',
    })
    await page.goto(`/tasks/${await aWideTask([...ids, ...(await items(1, 'web-1'))])}`)
    await mouse(page).press('Create deployments…')
    const dialog = page.getByRole('dialog')
    await dialog.getByText(`Distribute Wide: ${MANY} targets`).waitFor()
    await dialog.getByRole('button', { name: 'Create 1 deployment' }).click()
    await page.waitForURL('**/deployments/*')
    const id = new URL(page.url()).pathname.split('/').at(-1)
    const { deployment } = await people.owner.query<{ deployment: { targetTotal: number } }>(
      'query($id: ID!) { deployment(id: $id) { targetTotal } }',
      { id },
    )
    expect(deployment).toEqual({ targetTotal: MANY })
    person.expectClean()
  })
})
