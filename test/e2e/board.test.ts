import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn, silent } from '../support/cast.ts'
import { approvedDeployment, start } from '../support/fixtures.ts'
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

    await page.goto('/releases/board?search=nothing%20like%20it')
    await page.getByText('No release is like this.').waitFor()
    person.expectClean()
  }, 120_000)
})
