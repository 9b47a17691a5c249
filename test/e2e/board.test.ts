import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { axeFindings } from '../support/axe.ts'
import { describeInChromium, type Person } from '../support/browser.ts'
import { approvedDeployment, aTask, start } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { clear } from '../support/stage.ts'
import { aWalkedStage } from '../support/walked-stage.ts'
import type { Waybill } from '../support/waybill.ts'

describeInChromium('the board of releases', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  beforeAll(async () => {
    ;({ waybill, browser, people, person } = await aWalkedStage())
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  test('says how far each is at each site, follows a deployment while it runs, and is walked by the arrows', async () => {
    const { page } = person
    await page.goto('/releases')
    await mouse(page).press('Board', 'link')
    await page.waitForURL('**/releases/board')
    const board = page.getByRole('region', { name: 'Releases by place' })
    await expect.poll(() => board.getByRole('columnheader').allInnerTexts()).toEqual(['Release', 'Austin', 'Tokyo'])
    const cell = (site: string, words: string) => board.getByRole('link', { name: `${site}, 4 targets: ${words}.` })
    await cell('Austin', '4 confirmed').waitFor()
    await cell('Tokyo', '4 confirmed').waitFor()
    expect(await axeFindings(page)).toEqual([])

    const id = await approvedDeployment(people, '1.0.0')
    const row = board.getByRole('row', { name: /Storefront 1\.0\.0/ })
    await row.getByRole('link', { name: 'Austin, 4 targets: 4 pending.' }).waitFor()
    await start(people.deployer, id)
    await row.getByRole('link', { name: 'Tokyo, 4 targets: 4 confirmed.' }).waitFor({ timeout: 60_000 })
    await cell('Austin', '4 confirmed, 4 replaced by REL-2').waitFor()

    await row.getByRole('link', { name: /^Austin/ }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/deployments/${id}`)

    person.expectClean()
  }, 120_000)

  test('a change of one release asks for its row alone, and a cell says more in a tooltip that axe has nothing against', async () => {
    const { page } = person
    const { packages, configurationItems } = await people.owner.query<{
      packages: { nodes: { versions: { nodes: { id: string }[] } }[] }
      configurationItems: { nodes: { id: string }[] }
    }>(`{ packages(first: 1) { nodes { versions(first: 1) { nodes { id } } } }
      configurationItems(first: 100, filter: { targetable: true, authorized: true }) { nodes { id } } }`)
    // A release under way is not changed any more.
    const { release } = await people.owner.mutate<{ release: { id: string } }>(
      'mutation($input: ReleaseCreateInput!) { releaseCreate(input: $input) { release { id } userErrors { code message } position } }',
      {
        title: 'Ahead',
        sourceIds: [packages.nodes[0]!.versions.nodes[0]!.id],
        targetIds: configurationItems.nodes.map(({ id }) => id),
      },
    )
    await page.goto('/releases/board')
    const board = page.getByRole('region', { name: 'Releases by place' })
    const row = board.getByRole('row', { name: /Storefront 1\.0\.0/ })
    await board.getByRole('row', { name: /Ahead/ }).waitFor()
    await page.locator('[data-connection=live]').waitFor()
    const asked: { query: string; answer: Promise<string> }[] = []
    page.on('response', (response) => {
      const query = response.request().postData() ?? ''
      if (query.includes('releaseMatrix')) asked.push({ query, answer: response.text().catch(() => '') })
    })
    await people.owner.mutate(
      'mutation($input: ReleaseUpdateInput!) { releaseUpdate(input: $input) { userErrors { code message } position } }',
      { id: release.id, title: 'Ahead of all' },
    )
    await board.getByRole('row', { name: /Ahead of all/ }).waitFor()
    expect(asked.map(({ query }) => (JSON.parse(query) as { variables: object }).variables)).toMatchObject([
      { touchedBy: [release.id] },
    ])
    const { data } = JSON.parse(await asked[0]!.answer) as {
      data: { releaseMatrix: { rows: { nodes: { release: { id: string } }[] } } }
    }
    expect(data.releaseMatrix.rows.nodes.map((one) => one.release.id)).toEqual([release.id])

    const cell = row.getByRole('link', { name: /^Austin/ })
    await cell.hover()
    await page.locator('[data-reka-popper-content-wrapper]').waitFor()
    expect(await axeFindings(page)).toEqual([])
    // The bubble is for the eyes; whoever hears the page is told the same as a description.
    const devtools = await person.context.newCDPSession(page)
    const { nodes } = (await devtools.send('Accessibility.getFullAXTree')) as {
      nodes: { role?: { value: string }; name?: { value: string }; description?: { value: string } }[]
    }
    const described = nodes.find(
      ({ role, name }) => role?.value === 'link' && name?.value.startsWith('Austin, 4 targets'),
    )
    expect(nodes.filter(({ description }) => description?.value.includes('storefront 1.0.0'))).toHaveLength(1)
    expect(described).toBeDefined()
    person.expectClean()
  }, 120_000)

  test('carries a release to a place where it is not yet, after saying what would change there; twice pressed is once made', async () => {
    const { page } = person
    const { packages, configurationItems } = await people.owner.query<{
      packages: { nodes: { versions: { nodes: { id: string; number: string }[] } }[] }
      configurationItems: { nodes: { id: string }[] }
    }>(`{ packages(first: 1) { nodes { versions(first: 9) { nodes { id number } } } }
      configurationItems(first: 100, filter: { targetable: true, authorized: true }) { nodes { id } } }`)
    const source = packages.nodes[0]!.versions.nodes.find(({ number }) => number === '1.1.0')!
    await aTask(
      people.owner,
      'Again 1.1.0',
      source.id,
      configurationItems.nodes.map(({ id }) => id),
    )
    await page.goto('/releases/board')
    const row = page.getByRole('row', { name: /Again 1\.1\.0/ })
    await row.getByRole('button', { name: 'Deploy to Tokyo, 4 targets: 4 not deployed.' }).focus()
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Deploy to Austin' })
    await dialog.getByText('storefront 1.1.0').waitFor()
    await dialog.getByText('4 targets in Austin').waitFor()
    await dialog.getByText(/no time is planned/).waitFor()
    expect(await dialog.getByText(/owned by \S+/).count()).toBeGreaterThan(0)
    await dialog.getByRole('row', { name: 'austin-api-1 1.0.0 1.1.0' }).waitFor()
    await expect.poll(() => dialog.getByRole('row').count()).toBe(5)
    expect(await axeFindings(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Create the deployment' }).dblclick()
    await page.waitForURL('**/deployments/*')
    await page.getByRole('heading', { name: 'Distribute Again 1.1.0, Austin', level: 1 }).waitFor()
    const { deployments } = await people.owner.query<{
      deployments: { nodes: { title: string; targetTotal: number }[] }
    }>('{ deployments(first: 9, filter: { search: "Again 1.1.0" }) { nodes { title targetTotal } } }')
    expect(deployments.nodes).toEqual([{ title: 'Distribute Again 1.1.0, Austin', targetTotal: 4 }])
    await page.goto('/releases/board')
    await row.getByRole('link', { name: 'Austin, 4 targets: 4 pending.' }).waitFor()
    await row.getByRole('button', { name: /^Deploy to Tokyo/ }).waitFor()

    await page.goto('/releases/board?search=nothing%20like%20it')
    await page.getByText('No release is like this.').waitFor()
    person.expectClean()
  }, 120_000)
})
