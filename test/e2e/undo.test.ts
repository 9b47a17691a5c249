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

describeInChromium('what was done by mistake', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let page: Page
  const ids: Record<string, string> = {}
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    for (const name of ['one', 'two']) {
      const { item } = await people.owner.mutate<{ item: { id: string } }>(
        `mutation($input: ItemCreateInput!) { itemCreate(input: $input) { item { id } ${ANSWER} } }`,
        { name, className: 'ComputerSystem', attributes: { manufacturer: 'Acme' } },
      )
      ids[name] = item.id
      await people.owner.mutate(`mutation($input: ItemMoveInput!) { itemMove(input: $input) { ${ANSWER} } }`, {
        id: item.id,
        action: 'test',
      })
    }
    await people.owner.mutate(
      `mutation($input: RelationshipCreateInput!) { relationshipCreate(input: $input) { ${ANSWER} } }`,
      { type: 'dependsOn', sourceId: ids.one, targetId: ids.two },
    )
    const { release } = await people.owner.mutate<{ release: { id: string } }>(
      `mutation($input: ReleaseCreateInput!) { releaseCreate(input: $input) { release { id } ${ANSWER} } }`,
      {
        title: 'Autumn',
        purpose: 'Because',
        backOutPlan: 'None',
        verificationPlan: 'Look',
        targetIds: [ids.one, ids.two],
      },
    )
    ids.release = release.id
    await people.owner.mutate(`mutation($input: TaskCreateInput!) { taskCreate(input: $input) { ${ANSWER} } }`, {
      releaseId: release.id,
      title: 'Look around',
      type: 'GENERAL',
    })
    person = await aPerson(browser, waybill.url)
    page = person.page
    await signIn(mouse(page), 'owner')
  }, 180_000)
  afterAll(() => clear({ waybill, browser, people }))

  const targets = async () => {
    const { release } = await people.owner.query<{ release: { targets: { nodes: { name: string }[] } } }>(
      'query($id: ID!) { release(id: $id) { targets(first: 9) { nodes { name } } } }',
      { id: ids.release },
    )
    return release.targets.nodes.map(({ name }) => name).sort()
  }
  const item = async (id: string) =>
    (
      await people.owner.query<{ item: { name: string; relationships: { nodes: { other: { name: string } }[] } } }>(
        `query($id: ID!) { item: configurationItem(id: $id) { name
          relationships(first: 9, direction: OUT) { nodes { other { name } } } } }`,
        { id },
      )
    ).item

  test('a target that was taken out is back with Ctrl-Z, and the keys stay with the text while one types', async () => {
    await page.goto(`/releases/${ids.release}`)
    await mouse(page).press('Take out two')
    await page.getByText('1 target taken out').waitFor()
    await expect.poll(targets).toEqual(['one'])
    await page.getByRole('combobox', { name: 'Add a package version' }).focus()
    await page.keyboard.press('Control+z')
    expect(await targets()).toEqual(['one'])
    await page.locator('h1').click()
    await page.keyboard.press('Control+z')
    await page.getByText('It is as before.').waitFor()
    expect(await targets()).toEqual(['one', 'two'])
    await page.keyboard.press('Control+z')
    expect(await targets(), 'nothing is left to take back').toEqual(['one', 'two'])
  })

  test('the palette takes it back too, and knows every action of the page and every task by its number', async () => {
    await page.goto(`/releases/${ids.release}`)
    await mouse(page).press('Take out two')
    await page.getByText('1 target taken out').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: /Undo what was just done/ }).click()
    await expect.poll(targets).toEqual(['one', 'two'])
    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: /^Cancel…/ }).waitFor()
    await page.keyboard.type('tsk-1')
    await page.getByRole('option', { name: /Look around/ }).click()
    await page.waitForURL('**/tasks/*')
  })

  test('what somebody else changed meanwhile is not written over: the way back is refused in words', async () => {
    await page.goto(`/releases/${ids.release}`)
    await mouse(page).press('Take out one')
    await page.getByText('1 target taken out').waitFor()
    await people.owner.mutate(`mutation($input: ReleaseUpdateInput!) { releaseUpdate(input: $input) { ${ANSWER} } }`, {
      id: ids.release,
      title: 'Winter',
    })
    await mouse(page).press('Undo')
    await page.getByText(/REL-\d+ was changed in the meantime/).waitFor()
    expect(await targets()).toEqual(['two'])
  })

  test('a new name and a relationship that was taken away come back, from wherever one went', async () => {
    await page.goto(`/items/${ids.one}`)
    await mouse(page).press('Change…')
    await mouse(page).fill('Name', 'eleven')
    await mouse(page).press('Save')
    await page.getByText('eleven is changed.').waitFor()
    expect(await item(ids.one!)).toMatchObject({ name: 'eleven' })
    await page.getByRole('link', { name: 'Releases', exact: true }).first().click()
    await page.waitForURL('**/releases')
    await mouse(page).press('Undo')
    await page.getByText('It is as before.').waitFor()
    expect(await item(ids.one!)).toMatchObject({ name: 'one' })

    await page.goto(`/items/${ids.one}`)
    await mouse(page).press(/^Take away/)
    await mouse(page).press('Take it away')
    await page.getByText('The relationship with two is taken away.').waitFor()
    expect((await item(ids.one!)).relationships.nodes).toEqual([])
    await page.keyboard.press('Control+z')
    await page.getByText('It is as before.').waitFor()
    expect((await item(ids.one!)).relationships.nodes).toEqual([{ other: { name: 'two' } }])
  })

  test('what is typed into the form of an item stays when the classes come later', async () => {
    let release = () => {}
    const held = new Promise<void>((go) => (release = go))
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('ItemCatalogue')) await held
      await route.continue()
    })
    await page.goto(`/items/${ids.one}`)
    await mouse(page).press('Change…')
    await mouse(page).fill('Name', 'twelve')
    release()
    await page.getByRole('dialog').getByLabel('Manufacturer').waitFor()
    expect(await page.getByRole('dialog').getByLabel('Name', { exact: true }).inputValue()).toBe('twelve')
    await mouse(page).press('Back')
    await page.unrouteAll({ behavior: 'wait' })
  })

  test('an item is chosen from a list that names no entry when it is closed, added, and taken out again', async () => {
    await page.goto(`/releases/${ids.release}`)
    const card = page.getByRole('region', { name: 'What else it changes' })
    await card.getByRole('button', { name: 'Add…' }).click()
    await page.getByRole('combobox', { name: 'Item' }).click()
    await page.keyboard.type('two')
    await page.getByRole('option', { name: 'two' }).click()
    await page.getByRole('listbox').waitFor({ state: 'detached' })
    expect(await axeFindings(page)).toEqual([])
    await mouse(page).press('Add')
    await card.getByRole('link', { name: 'two' }).waitFor()
    await mouse(page).press('Undo')
    await card.getByText('Nothing but its targets.').waitFor()
  })

  test('what cannot be taken back asks for its number first', async () => {
    await page.goto(`/releases/${ids.release}`)
    await mouse(page).press('Cancel…')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('Not this year')
    const cancel = dialog.getByRole('button', { name: 'Cancel the release' })
    expect(await cancel.isDisabled()).toBe(true)
    const number = /REL-\d+/.exec((await dialog.getByRole('heading').textContent())!)![0]
    await dialog.getByLabel(`Type ${number} to go on`).fill(number)
    await cancel.click()
    await page.getByText('cancelled', { exact: true }).first().waitFor()
    person.expectClean()
  })
})
