/** A screen that nobody touches: what runs, boards in turn, and going on by itself. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { axeFindings } from '../support/axe.ts'
import { describeInChromium, type Person } from '../support/browser.ts'
import { addFault, approvedDeployment, gridOf, removeFault, start } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { clear } from '../support/stage.ts'
import { aWalkedStage } from '../support/walked-stage.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

/** What the browser itself writes on the console while there is no server. */
const CUT = /WebSocket connection to|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET|Failed to fetch/

describeInChromium('the wall', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let page: Page
  let running: string
  let hosts: string[]
  beforeAll(async () => {
    ;({ waybill, browser, people, person } = await aWalkedStage('approver', {
      viewport: { width: 1920, height: 1080 },
    }))
    page = person.page
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  const theme = () => page.evaluate<string | undefined>('document.documentElement.dataset.theme')
  const board = () => new URL(page.url()).searchParams.get('turn')

  test('shows the deployment that runs with its targets, dark and without chrome, and what failed last with its cause', async () => {
    running = await approvedDeployment(people, '1.0.0')
    hosts = (await gridOf(people.admin, running)).names
    await addFault(waybill, hosts[0]!, { step: 'health', fault: 'fail' })
    await addFault(waybill, hosts[1]!, { step: 'restart', fault: 'hang' })
    await page.goto('/wall')
    await page.getByText('Nothing is being deployed.').waitFor()
    await start(people.deployer, running)
    await page.getByRole('heading', { name: 'Everywhere 1.0.0' }).waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: new RegExp(`${hosts[0]}.*failed`) }).waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: new RegExp(`${hosts[1]}.*running`) }).waitFor()
    await page.getByText('1targets failed').waitFor()
    await page.getByText(/The step health failed on purpose/).waitFor()
    expect(await page.getByRole('navigation').count()).toBe(0)
    expect(await theme()).toBe('wall')
    expect(await axeFindings(page)).toEqual([])
    expect(await axeFindings(page, { strict: true })).toEqual([])
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1920)
  }, 180_000)

  test('goes on by itself after a kill -9 of the server', async () => {
    person.forgive(CUT)
    await waybill.kill()
    await page.getByText(/Reconnecting|Stale/).waitFor({ timeout: 10_000 })
    await expect.poll(() => page.locator('main.stale').count(), { timeout: 20_000 }).toBe(1)
    for (const name of hosts) await removeFault(waybill, name)
    const { folder, url } = waybill
    waybill = await startWaybill({ folder, env: { PORT: new URL(url).port } })
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 })
    expect(await page.locator('main.stale').count()).toBe(0)
    // What was held up goes on, and the wall sees how it ends.
    await page.getByText(/DPL-\d+ (partial|needs a decision|failed)/).waitFor({ timeout: 120_000 })
  }, 240_000)

  test('is put together by hand, turns its boards, holds at a key and is left by another', async () => {
    await page.goto('/deployments?show=trouble')
    await mouse(page).press('Views')
    await page.getByRole('menuitem', { name: 'Save this view…' }).click()
    await mouse(page).fill('Name', 'Trouble')
    await mouse(page).press('Save')
    await page.getByRole('button', { name: 'View: Trouble' }).click()
    await page.getByRole('menuitem', { name: 'Show it on a wall…' }).click()
    const order = page.getByRole('list', { name: 'Boards in their order' })
    await expect.poll(() => order.getByRole('listitem').allTextContents()).toEqual(['Now', 'Trouble'])
    await page.getByRole('checkbox', { name: /DPL-\d+ Everywhere 1\.0\.0/ }).check()
    await expect.poll(() => order.getByRole('listitem').count()).toBe(3)
    const address = new URL(page.url())
    await page.goto(`/wall?boards=${address.searchParams.get('boards')},DPL-99999&every=5`)
    await expect.poll(board).toBe('0')
    await expect.poll(board, { timeout: 20_000 }).toBe('1')
    await page.getByText('Board 2 of 4').waitFor()
    expect(new URL(page.url()).pathname).toBe('/deployments')
    expect(await page.getByRole('button', { name: 'View: Trouble' }).count()).toBe(0)
    await expect.poll(board, { timeout: 20_000 }).toBe('2')
    await page.getByRole('heading', { name: 'Everywhere 1.0.0', level: 1 }).waitFor()
    expect(await axeFindings(page)).toEqual([])

    await page.keyboard.press('h')
    await page.getByText('held, h goes on').waitFor()
    await page.waitForTimeout(6_500)
    expect(board()).toBe('2')
    // The fourth board does not exist: it is passed over.
    await page.keyboard.press('ArrowRight')
    await expect.poll(board).toBe('0')
    await page.keyboard.press('Escape')
    await page.getByRole('navigation', { name: 'Main', exact: true }).waitFor()
    expect(await theme()).toBeUndefined()
  }, 180_000)

  test('loads itself anew, once, when the server serves another build', async () => {
    await page.goto('/wall')
    await page.getByRole('heading', { name: 'Now' }).waitFor()
    await page.evaluate('window.before = true')
    const html = await (await fetch(waybill.url)).text()
    await page.route(`${waybill.url}/`, (route) =>
      route.fulfill({ contentType: 'text/html', body: html.replace(/src="[^"]+\.js"/, 'src="/assets/index-new.js"') }),
    )
    await page.evaluate('window.dispatchEvent(new Event("online"))')
    await expect.poll(() => page.evaluate('window.before').catch(() => true), { timeout: 20_000 }).toBeUndefined()
    await page.getByText('Live', { exact: true }).waitFor()
    await page.evaluate('window.before = true')
    await page.evaluate('window.dispatchEvent(new Event("online"))')
    await page.waitForTimeout(1_500)
    expect(await page.evaluate('window.before')).toBe(true)
    await page.unroute(`${waybill.url}/`)
  }, 120_000)

  test('says in words that its session has ended, and goes on after signing in', async () => {
    await page.goto('/wall?boards=now&every=60')
    await page.getByRole('heading', { name: 'Now' }).waitFor()
    // Ended from elsewhere; nobody touches the screen.
    await page.evaluate(`fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-waybill-csrf': '1' },
      body: JSON.stringify({ query: 'mutation { signOut(input: {}) { signedOut } }' }),
    })`)
    await page.getByText('The session of this wall screen has ended.').waitFor()
    const hand = mouse(page)
    await hand.fill('Login', 'approver')
    await hand.fill('Password', 'correct horse battery staple')
    await hand.press('Sign in')
    await expect.poll(() => new URL(page.url()).pathname).toBe('/wall')
    await page.getByRole('heading', { name: 'Went wrong last' }).waitFor()
    person.expectClean()
  }, 120_000)
})
