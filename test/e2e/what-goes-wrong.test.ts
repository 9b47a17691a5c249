/** A deployment that fails: the page says why without scrolling, and what can be done next. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { aCast, signIn, silent } from '../support/cast.ts'
import { startBrowser } from '../support/chromium.ts'
import { approvedDeployment, gridOf } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

describeInChromium('what goes wrong', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let page: Page
  beforeAll(async () => {
    ;[waybill, browser] = await Promise.all([startWaybill(), startBrowser()])
    people = await aCast(waybill.url, waybill.setUpUrl!)
    await driveTheRoad(people, silent)
    person = await aPerson(browser, waybill.url)
    page = person.page
    await signIn(mouse(page), 'deployer')
  }, 300_000)
  afterAll(async () => {
    for (const each of Object.values(people ?? {})) each.close()
    await browser?.close()
    await waybill?.stop()
  })

  const tiles = (of: string) =>
    page.getByRole('list', { name: /^Targets in/ }).getByRole('button', { name: new RegExp(`${of}$`) })

  test('version 1.2.0 starts and fails its health check: it says so, and a roll-back is prepared from the page', async () => {
    const id = await approvedDeployment(people, '1.2.0')
    await page.goto(`/deployments/${id}`)
    await mouse(page).press('Deploy')
    await page.getByRole('button', { name: 'Roll back…' }).waitFor({ timeout: 90_000 })
    const { names } = await gridOf(people.deployer, id)
    await expect.poll(() => tiles('failed').count(), { timeout: 30_000 }).toBe(names.length)
    expect(await page.getByText(/health/i).count()).toBeGreaterThan(0)
    expect(await axeFindings(page)).toEqual([])
    await mouse(page).press('Roll back…')
    await page.getByRole('dialog').getByRole('button', { name: 'Prepare the roll-back' }).click()
    await page.waitForURL((url) => url.pathname.startsWith('/deployments/') && !url.pathname.endsWith(id))
    await page.getByText('1.1.0').first().waitFor()
    person.expectClean()
  }, 180_000)
})
