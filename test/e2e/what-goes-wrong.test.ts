/** A deployment that fails: the page says why without scrolling, and what can be done next. */
import { Client } from 'pg'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { uuidOf } from '../../server/kernel/node-id.ts'
import { findPostgres } from '../../server/kernel/postgres.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn, silent } from '../support/cast.ts'
import { addFault, approvedDeployment, gridOf, removeFault } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

describeInChromium('what goes wrong', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let page: Page
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    await driveTheRoad(people, silent)
    person = await aPerson(browser, waybill.url)
    page = person.page
    await signIn(mouse(page), 'deployer')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  const tiles = (of: string) =>
    page.getByRole('list', { name: /^Targets in/ }).getByRole('button', { name: new RegExp(`${of}$`) })

  test('one host fails: its cause stands at the top, the others are confirmed, and what failed is tried again', async () => {
    const id = await approvedDeployment(people, '1.0.0')
    const { names } = await gridOf(people.deployer, id)
    await addFault(waybill, names[0]!, { step: 'health', fault: 'fail' })
    await page.goto(`/deployments/${id}`)
    await mouse(page).press('Deploy')
    const cause = page.getByText('The step health failed on purpose').first()
    await cause.waitFor({ timeout: 60_000 })
    await expect
      .poll(async () => (await gridOf(people.deployer, id)).confirmation.filter((one) => one === 'CONFIRMED').length, {
        timeout: 60_000,
      })
      .toBe(names.length - 1)
    const place = await cause.boundingBox()
    expect(place!.y + place!.height, 'within the window').toBeLessThan(page.viewportSize()!.height)
    await expect.poll(() => tiles('confirmed').count()).toBe(names.length - 1)
    expect(await axeFindings(page)).toEqual([])

    // Whom it hurts is one key away.
    await page.keyboard.press('i')
    await page.waitForURL(/\/items\/.*tab=impact/)
    await page.getByRole('heading', { level: 1, name: names[0]! }).waitFor()
    await page.getByRole('tab', { name: /^Impact/, selected: true }).waitFor()
    await page.goBack()
    await cause.waitFor()

    await removeFault(waybill, names[0]!)
    // As when a last confirmation arrives that the page has not heard of yet: whoever presses means the work, not a version.
    const held: Route[] = []
    let isHolding = true
    const asks = (route: Route) => !(route.request().postData() ?? '').includes('mutation ')
    await page.route('**/graphql', (route) => (isHolding && asks(route) ? void held.push(route) : route.continue()))
    const database = new Client({ connectionString: await findPostgres(waybill.folder) })
    await database.connect()
    await database.query('update deployment set version = version + 1 where uuid = $1', [uuidOf(id, 'dpl')])
    await database.end()
    const answer = page.waitForResponse((one) => (one.request().postData() ?? '').includes('deploymentRetryFailed'))
    await mouse(page).press('Retry what failed')
    expect(await (await answer).text()).not.toContain('"code"')
    isHolding = false
    await Promise.all(held.map((route) => route.continue()))
    await expect
      .poll(async () => (await gridOf(people.deployer, id)).confirmation, { timeout: 60_000 })
      .toEqual(names.map(() => 'CONFIRMED'))
    await expect.poll(() => tiles('confirmed').count(), { timeout: 60_000 }).toBe(names.length)
    person.expectClean()
  }, 180_000)

  test('version 1.2.0 starts and fails its health check: it says so, and a roll-back is prepared from the page', async () => {
    const id = await approvedDeployment(people, '1.2.0')
    await page.goto(`/deployments/${id}`)
    await mouse(page).press('Deploy')
    await page.getByRole('button', { name: 'Roll back…' }).waitFor({ timeout: 90_000 })
    const { names } = await gridOf(people.deployer, id)
    await expect.poll(() => tiles('failed').count()).toBe(names.length)
    await page
      .getByText(/health/i)
      .first()
      .waitFor()
    expect(await axeFindings(page)).toEqual([])
    await mouse(page).press('Roll back…')
    await page.getByRole('dialog').getByText(`1.0.0 goes to ${names.length} targets`).waitFor()
    await page.getByRole('dialog').getByText(names[0]!).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Prepare the roll-back' }).click()
    await page.waitForURL((url) => url.pathname.startsWith('/deployments/') && !url.pathname.endsWith(id))
    await page.getByText('1.0.0').first().waitFor()
    person.expectClean()
  }, 180_000)
})
