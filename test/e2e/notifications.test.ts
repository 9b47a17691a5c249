/** What happened is said once, where the reader wants it, and not at night. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn, silent } from '../support/cast.ts'
import { addFault, approvedDeployment, gridOf, start } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

/** Stands in for what the desktop shows: writes the titles down, and counts how often the page asked for leave. */
const STAND_IN = `
  if (location.protocol !== 'about:') {
  window.shown = []
  window.asked = 0
  window.Notification = class {
    static permission = localStorage.getItem('test.permission') ?? 'default'
    static async requestPermission() {
      window.asked++
      localStorage.setItem('test.permission', 'granted')
      return (window.Notification.permission = 'granted')
    }
    constructor(title) { window.shown.push(title) }
    close() {}
  }
  if (sessionStorage.getItem('test.away')) {
    sessionStorage.removeItem('test.away')
    for (const key of Object.keys(localStorage).filter((key) => key.startsWith('waybill.news.'))) {
      const kept = { ...JSON.parse(localStorage.getItem(key)), position: 'ffffffff:1', heardAt: 0, last: {}, notes: [] }
      localStorage.setItem(key, JSON.stringify(kept))
    }
  }
  }`

describeInChromium('notifications', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let page: Page
  let other: Page
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    await driveTheRoad(people, silent)
    person = await aPerson(browser, waybill.url)
    await person.context.addInitScript(STAND_IN)
    page = person.page
    await signIn(mouse(page), 'deployer')
    other = await person.context.newPage()
    await other.goto('/deployments')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  const bell = (on: Page) => on.getByRole('banner').getByRole('button', { name: /^Notifications/ })
  const shown = async () =>
    (await Promise.all([page, other].map((each) => each.evaluate<string[]>('window.shown')))).flat()
  /** A deployment of which every target fails. */
  async function failing(number: string) {
    const id = await approvedDeployment(people, number)
    for (const name of (await gridOf(people.admin, id)).names)
      await addFault(waybill, name, { step: 'health', fault: 'fail' })
    await start(people.deployer, id)
    return id
  }
  const rules = async () => {
    await bell(page).click()
    await page.getByRole('tab', { name: 'Settings' }).click()
  }
  const box = (name: RegExp) => page.getByRole('checkbox', { name })

  test('are never asked for by the page itself, and turned on by a button', async () => {
    await rules()
    expect(await page.evaluate('window.asked')).toBe(0)
    expect(await axeFindings(page)).toEqual([])
    await mouse(page).press('Turn on')
    await page.getByText('Desktop notifications are on.').waitFor()
    expect(await page.evaluate('window.asked')).toBe(1)
    await box(/only while Waybill is out of sight/).uncheck()
    await page.keyboard.press('Escape')
    await other.reload()
    await bell(other).waitFor()
  }, 120_000)

  test('tell of a failed deployment in the list and on the desktop, once for two tabs', async () => {
    const id = await failing('1.0.0')
    await expect
      .poll(shown, { timeout: 120_000 })
      .toEqual([expect.stringMatching(/^DPL-\d+ (failed|needs a decision)/)])
    for (const each of [page, other])
      await expect.poll(() => bell(each).getAttribute('aria-label')).toMatch(/^Notifications, 1 unread/)
    await bell(page).click()
    const line = page.getByRole('dialog').getByRole('link', { name: /Everywhere 1\.0\.0/ })
    await line.getByText('The step health failed on purpose').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await line.click()
    await expect.poll(() => new URL(page.url()).pathname).toBe(`/deployments/${id}`)
    for (const each of [page, other])
      await expect.poll(() => bell(each).getAttribute('aria-label')).toBe('Notifications')
    expect(await shown()).toHaveLength(1)
  }, 240_000)

  test('stay off the desktop in quiet hours, but stand in the list', async () => {
    await rules()
    await box(/^Quiet hours/).check()
    await page.getByLabel('From').fill('00:00')
    await page.getByLabel('to', { exact: true }).fill('00:00')
    await page.getByLabel('to', { exact: true }).blur()
    await page.keyboard.press('Escape')
    await failing('1.1.0')
    await expect
      .poll(() => bell(page).getAttribute('aria-label'), { timeout: 120_000 })
      .toMatch(/^Notifications, 1 unread/)
    expect(await shown()).toHaveLength(1)
  }, 240_000)

  test('tell in one line what became of deployments when the log of the time away is gone, and call nobody for it', async () => {
    await other.close()
    const before = await page.evaluate<string[]>('window.shown')
    expect(before.length).toBeLessThanOrEqual(1)
    await page.evaluate("sessionStorage.setItem('test.away', 'yes')")
    await page.reload()
    await expect
      .poll(() => bell(page).getAttribute('aria-label'), { timeout: 20_000 })
      .toMatch(/^Notifications, 1 unread/)
    await bell(page).click()
    const line = page.getByRole('dialog').getByRole('link', { name: /^4 deployments changed while you were away/ })
    await line.getByText(/, 2 ended well$/).waitFor()
    expect(await page.getByRole('dialog').getByRole('link').count()).toBe(1)
    expect(await axeFindings(page)).toEqual([])
    expect(await page.evaluate<string[]>('window.shown')).toEqual([])
    await line.click()
    await page.waitForURL('**/deployments')
    person.expectClean()
  }, 120_000)

  test('say what to do when the browser does not allow them', async () => {
    await page.evaluate("localStorage.setItem('test.permission', 'denied')")
    await page.reload()
    await rules()
    await page.getByText('Your browser does not allow notifications.').waitFor()
    await page.getByText(/Allow them for this site in the settings/).waitFor()
    person.expectClean()
  }, 120_000)
})
