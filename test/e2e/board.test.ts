import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn, silent } from '../support/cast.ts'
import { approvedDeployment, aTask, start } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

describeInChromium('the board of releases', () => {
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
