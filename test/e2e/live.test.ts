import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { aPerson, describeInChromium } from '../support/browser.ts'
import { startBrowser } from '../support/chromium.ts'
import { aCast, signIn, silent } from '../support/cast.ts'
import { approvedDeployment, gridOf } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { openLine, type Line } from '../support/line.ts'
import { CUT } from '../support/onlooker.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

/** What went over the sockets of the page about the progress of targets: positions received, and those asked for. */
function listen(page: Page) {
  const heard = { last: null as string | null, asked: [] as (string | null)[], messages: 0 }
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      const { type, payload: what } = JSON.parse(String(payload)) as { type: string; payload?: Sent }
      if (type === 'subscribe' && what!.query.includes('deploymentProgress')) heard.asked.push(what!.variables.after)
    })
    socket.on('framereceived', ({ payload }) => {
      const { payload: what } = JSON.parse(String(payload)) as { payload?: Received }
      const position = what?.data?.deploymentProgress?.position
      if (!position) return
      heard.last = position
      heard.messages++
    })
  })
  return heard
}
interface Sent {
  query: string
  variables: { after: string | null }
}
interface Received {
  data?: { deploymentProgress?: { position: string } }
}

describeInChromium('a page whose line is cut', () => {
  let waybill: Waybill
  let browser: Browser
  let line: Line
  let people: People
  let deploymentId: string
  beforeAll(async () => {
    ;[waybill, browser] = await Promise.all([startWaybill(), startBrowser()])
    line = await openLine(waybill.url)
    people = await aCast(waybill.url, waybill.setUpUrl!)
    await driveTheRoad(people, silent)
    deploymentId = await approvedDeployment(people, '1.0.0')
  })
  afterAll(async () => {
    for (const each of Object.values(people ?? {})) each.close()
    await browser?.close()
    await line?.close()
    await waybill?.stop()
  })

  test('says so within a second, catches up by itself without a gap, and ends equal to the database', async () => {
    const person = await aPerson(browser, line.url)
    person.forgive(CUT)
    const { page } = person
    await signIn(mouse(page), 'deployer')
    const pill = page.locator('header').getByRole('status')
    const heard = listen(page)
    await page.goto(`/deployments/${deploymentId}`)
    await pill.getByText('Live', { exact: true }).waitFor()

    await mouse(page).press('Deploy')
    await expect.poll(() => heard.messages, { timeout: 60_000 }).toBeGreaterThan(0)
    const before = heard.messages
    const cutAt = performance.now()
    line.cut()
    await pill.getByText(/Reconnecting|Stale/).waitFor({ timeout: 5_000 })
    expect(performance.now() - cutAt, 'milliseconds until the pill said so').toBeLessThan(1_000)
    const lastBefore = heard.last
    const asked = heard.asked.length
    const missed = await gridOf(people.deployer, deploymentId)
    expect(
      missed.confirmation.every((each) => each === 'CONFIRMED'),
      'all confirmed before the line was cut',
    ).toBe(false)

    const ended = async () => (await gridOf(people.deployer, deploymentId)).confirmation
    await expect.poll(ended, { timeout: 120_000 }).toEqual(Array(8).fill('CONFIRMED'))
    expect(await page.title()).not.toContain('confirmed')
    line.mend()
    await pill.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 })
    await page.getByText(/Caught up \d+ events?\./).waitFor()
    expect(heard.asked[asked], 'the place from which the page went on').toBe(lastBefore)
    await expect.poll(() => heard.messages).toBeGreaterThan(before)

    const grid = await gridOf(people.deployer, deploymentId)
    for (const site of ['Austin', 'Tokyo']) {
      const tiles = page.getByRole('list', { name: `Targets in ${site}` }).getByRole('button')
      const names = grid.names.filter((_, at) => grid.sites[at] === site)
      await expect
        .poll(async () => (await tiles.allTextContents()).map((text) => text.trim()).sort())
        .toEqual(names.map((name) => expect.stringMatching(new RegExp(`^${name}.*confirmed`)) as string).sort())
    }
    person.expectClean()
  })

  test('is live again by itself after a kill -9 of the server, and shows what happens then', async () => {
    const person = await aPerson(browser, waybill.url)
    person.forgive(CUT)
    const { page } = person
    await signIn(mouse(page), 'deployer')
    await page.goto('/deployments')
    const pill = page.locator('header').getByRole('status')
    await pill.getByText('Live', { exact: true }).waitFor()
    const table = page.getByRole('grid', { name: 'Deployments' })
    await table.getByRole('row', { name: /Everywhere 1\.0\.0/ }).waitFor()

    await waybill.kill()
    await pill.getByText(/Reconnecting|Stale/).waitFor({ timeout: 5_000 })
    const { folder, url } = waybill
    waybill = await startWaybill({ folder, env: { PORT: new URL(url).port } })
    expect(waybill).toMatchObject({ url, setUpUrl: null })
    await pill.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 })

    await approvedDeployment(people, '1.1.0')
    await page.getByRole('button', { name: 'Show what is new: 1 new' }).click()
    await table.getByRole('row', { name: /Everywhere 1\.1\.0/ }).waitFor()
    person.expectClean()
  })
})
