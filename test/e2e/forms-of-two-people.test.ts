import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient } from '../../server/demo/client.ts'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn, silent } from '../support/cast.ts'
import { approvedDeployment } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

const ANSWER = 'userErrors { code message } position'
const LONG = 'The regulator asks for it: every host of every site has to carry the mended version before the audit. '

describeInChromium('two people change the same thing', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let page: Page
  const ids: Record<'release' | 'deployment' | 'product', string> = { release: '', deployment: '', product: '' }
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    await driveTheRoad(people, silent)
    ids.deployment = await approvedDeployment(people, '1.0.0')
    const made = await people.owner.mutate<{ release: { id: string } }>(
      `mutation($input: ReleaseCreateInput!) { releaseCreate(input: $input) { release { id } ${ANSWER} } }`,
      { title: 'Autumn', purpose: 'Because', backOutPlan: 'None', verificationPlan: 'Look' },
    )
    ids.release = made.release.id
    const { managementProducts } = await people.admin.query<{ managementProducts: { nodes: { id: string }[] } }>(
      '{ managementProducts(first: 1) { nodes { id } } }',
    )
    ids.product = managementProducts.nodes[0]!.id
    person = await aPerson(browser, waybill.url)
    page = person.page
    await signIn(mouse(page), 'admin')
  }, 180_000)
  afterAll(() => clear({ waybill, browser, people }))

  /** The form of the page, by its key: in which menu its button stands differs. */
  const opened = async (path: string) => {
    await page.goto(path)
    await page.locator('header').getByRole('status').getByText('Live', { exact: true }).waitFor()
    await page.locator('h1').waitFor()
    await page.keyboard.press('e')
    await page.getByRole('dialog').waitFor()
    return page.getByRole('dialog')
  }
  const field = (label: string) => page.getByRole('dialog').getByLabel(label, { exact: true })
  const notice = () => page.getByRole('dialog').getByRole('alert')
  const save = () => page.getByRole('dialog').getByRole('button', { name: 'Save' })
  const saved = async () => {
    await save().click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }

  const another = (input: object) =>
    people.owner.mutate(`mutation($input: ReleaseUpdateInput!) { releaseUpdate(input: $input) { ${ANSWER} } }`, {
      id: ids.release,
      ...input,
    })
  const release = async () =>
    (
      await people.owner.query<{ release: Record<'title' | 'purpose' | 'backOutPlan' | 'verificationPlan', string> }>(
        'query($id: ID!) { release(id: $id) { title purpose backOutPlan verificationPlan } }',
        { id: ids.release },
      )
    ).release

  test('what another person changes shows in the open form, a save keeps both, and undo takes back only its own', async () => {
    await opened(`/releases/${ids.release}`)
    await mouse(page).fill('Purpose', 'For safety')
    await another({ title: 'Winter' })
    await expect.poll(() => field('Title').inputValue()).toBe('Winter')
    expect(await field('Purpose').inputValue()).toBe('For safety')
    expect(await notice().count()).toBe(0)
    await saved()
    expect(await release()).toMatchObject({ title: 'Winter', purpose: 'For safety', backOutPlan: 'None' })
    await page.keyboard.press('Control+z')
    await page.getByText('It is as before.').waitFor()
    expect(await release()).toMatchObject({ title: 'Winter', purpose: 'Because' })
  })

  test('what both change is shown and nothing is saved before one chooses: keep what is typed, or take the other', async () => {
    await opened(`/releases/${ids.release}`)
    await mouse(page).fill('Purpose', 'For safety')
    await mouse(page).fill('Title', 'Spring')
    await another({ purpose: LONG.repeat(4), title: 'Summer' })
    await notice().getByText('Purpose is now “The regulator asks for it').waitFor()
    expect(await notice().getByText('Title is now “Summer”').count()).toBe(1)
    expect((await notice().textContent())!.length, 'shortened').toBeLessThan(400)
    expect(await save().isDisabled()).toBe(true)
    expect(await field('Purpose').inputValue()).toBe('For safety')
    await field('Purpose').press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await release(), 'nothing was written').toMatchObject({ title: 'Summer', purpose: LONG.repeat(4) })

    await opened(`/releases/${ids.release}`)
    await mouse(page).fill('Purpose', 'For safety')
    await another({ purpose: LONG.repeat(3) })
    await notice().getByText('Choose before you save.').waitFor()
    await expectRightAtEachWidth(page)
    await notice().getByRole('button', { name: 'Keep mine' }).click()
    await notice().waitFor({ state: 'detached' })
    await saved()
    expect(await release()).toMatchObject({ title: 'Summer', purpose: 'For safety' })
    await page.keyboard.press('Control+z')
    await page.getByText('It is as before.').waitFor()
    expect(await release(), 'what was written over').toMatchObject({ purpose: LONG.repeat(3) })

    await opened(`/releases/${ids.release}`)
    await mouse(page).fill('Purpose', 'Mine')
    await mouse(page).fill('Back-out plan', 'Deploy what was there.')
    await another({ purpose: 'The law' })
    await notice().getByRole('button', { name: 'Take theirs' }).click()
    expect(await field('Purpose').inputValue()).toBe('The law')
    await saved()
    expect(await release()).toMatchObject({ purpose: 'The law', backOutPlan: 'Deploy what was there.' })
  })

  const deployment = async () => {
    const { deployment } = await people.owner.query<{
      deployment: { title: string; maxInFlight: number; targets: { nodes: { item: { id: string; name: string } }[] } }
    }>(
      'query($id: ID!) { deployment(id: $id) { title maxInFlight targets(first: 200) { nodes { item { id name } } } } }',
      { id: ids.deployment },
    )
    return { ...deployment, targets: deployment.targets.nodes.map(({ item }) => item) }
  }
  const change = (by: ApiClient, input: object) =>
    by.mutate(`mutation($input: DeploymentUpdateInput!) { deploymentUpdate(input: $input) { ${ANSWER} } }`, {
      id: ids.deployment,
      ...input,
    })

  test('ticks and pace of a deployment stay while another person changes others of them, and both are saved', async () => {
    const [mine, theirs, ...others] = (await deployment()).targets.toSorted((a, b) => a.name.localeCompare(b.name))
    const dialog = await opened(`/deployments/${ids.deployment}`)
    const tick = (name: string) => dialog.getByRole('checkbox', { name, exact: true })
    await tick(mine!.name).click()
    await mouse(page).fill('Targets at once', '3')
    await change(people.owner, { title: 'By night', targetIds: [mine!, ...others].map(({ id }) => id) })
    await expect.poll(() => tick(theirs!.name).isChecked()).toBe(false)
    expect(await tick(mine!.name).isChecked()).toBe(false)
    expect(await field('Title').inputValue()).toBe('By night')
    expect(await field('Targets at once').inputValue()).toBe('3')
    expect(await axeFindings(page)).toEqual([])
    await saved()
    const now = await deployment()
    expect(now).toMatchObject({ title: 'By night', maxInFlight: 3 })
    expect(now.targets.map(({ name }) => name).sort()).toEqual(others.map(({ name }) => name).sort())
    await page.keyboard.press('Control+z')
    await page.getByText('It is as before.').waitFor()
    const before = await deployment()
    expect(before).toMatchObject({ title: 'By night', maxInFlight: 16 })
    expect(before.targets.map(({ name }) => name).sort()).toEqual([mine!, ...others].map(({ name }) => name).sort())
  })

  test('the name of a product that is emptied or typed anew stays when its settings are answered late or change', async () => {
    let release = () => {}
    const held = new Promise<void>((go) => (release = go))
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('query ProductForm')) await held
      await route.continue()
    })
    const dialog = await opened(`/products/${ids.product}`)
    await field('Name').fill('')
    release()
    await expect.poll(() => dialog.getByRole('textbox').count()).toBeGreaterThan(1)
    expect(await field('Name').inputValue(), 'it is not filled again').toBe('')
    await page.unrouteAll({ behavior: 'wait' })

    await mouse(page).fill('Name', 'Mine')
    const { product } = await people.admin.query<{ product: { config: Record<string, unknown> } }>(
      'query($id: ID!) { product: managementProduct(id: $id) { config } }',
      { id: ids.product },
    )
    const update = `mutation($input: ProductUpdateInput!) { productUpdate(input: $input) { ${ANSWER} } }`
    await people.admin.mutate(update, { id: ids.product, name: 'Theirs', config: product.config })
    await notice().getByText('Name is now “Theirs”').waitFor()
    expect(await field('Name').inputValue()).toBe('Mine')
    expect(await save().isDisabled()).toBe(true)
    await expectRightAtEachWidth(page)
    await notice().getByRole('button', { name: 'Keep mine' }).click()
    await saved()
    const after = await people.admin.query<{ product: { name: string; config: unknown } }>(
      'query($id: ID!) { product: managementProduct(id: $id) { name config } }',
      { id: ids.product },
    )
    expect(after.product).toEqual({ name: 'Mine', config: product.config })
    person.expectClean()
  })
})
