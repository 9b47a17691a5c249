import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { startBrowser } from '../support/chromium.ts'
import { keyboard } from '../support/hand.ts'
import { deploy, invite, launch, plan, prepare, setUp, validateAndApprove } from '../support/road.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

describeInChromium('the road by keyboard', () => {
  let waybill: Waybill
  let browser: Browser
  beforeAll(async () => {
    ;[waybill, browser] = await Promise.all([startWaybill(), startBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await waybill?.stop()
  })

  test('without a mouse, three people go from the set-up link through all eleven steps to CONFIRMED', async () => {
    const enter = () => aPerson(browser, waybill.url)
    const people = (await Promise.all([enter(), enter(), enter(), enter()])) as [Person, Person, Person, Person]
    const [admin, owner, approver, deployer] = people.map(({ page }) => keyboard(page)) as [never, never, never, never]
    const cast = { admin, owner, approver, deployer }

    await setUp(cast.admin, waybill.setUpUrl!)
    await invite(cast)
    await prepare(cast)
    for (const site of await plan(cast)) {
      await validateAndApprove(cast, site)
      await deploy(cast, site)
    }
    await launch(people[3], cast.deployer)
    for (const person of people) person.expectClean()
  })
})
