import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn, silent } from '../support/cast.ts'
import { addFault, approvedDeployment, removeFault } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

const SOON = 2_000 // ms until another browser shows it

describeInChromium('a deployment goes from hand to hand', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let owner: Person
  let deployer: Person
  let id: string
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    await driveTheRoad(people, silent)
    id = await approvedDeployment(people, '1.0.0')
    owner = await aPerson(browser, waybill.url)
    deployer = await aPerson(browser, waybill.url)
    await signIn(mouse(owner.page), 'owner')
    await signIn(mouse(deployer.page), 'deployer')
  }, 180_000)
  afterAll(() => clear({ waybill, browser, people }))

  const hands = (page: Page) => page.getByRole('region', { name: 'In whose hands' })
  const live = (page: Page) => page.locator('header').getByRole('status').getByText('Live', { exact: true }).waitFor()

  test('one hands it over, the other one sees that within 2 s and acknowledges, and the first one sees that', async () => {
    const one = owner.page
    const other = deployer.page
    for (const page of [one, other]) {
      await page.goto(`/deployments/${id}`)
      await hands(page).getByText('Nobody holds it.').waitFor()
      await live(page)
    }
    await mouse(one).press('Hold it')
    await hands(other).getByText('owner holds it').waitFor({ timeout: SOON })
    await hands(one).getByText('You hold it').waitFor({ timeout: SOON })

    await mouse(one).press('Pin a note…')
    await mouse(one).fill('Note', 'Tokyo first, cache-1 is slow.')
    await mouse(one).press('Pin it')
    await hands(other).getByText('Tokyo first, cache-1 is slow.').waitFor({ timeout: SOON })

    await mouse(one).press('Hand over…')
    await one.getByRole('combobox', { name: 'To' }).click()
    await one.keyboard.type('deployer')
    await one.getByRole('option', { name: 'deployer' }).click()
    await mouse(one).fill('What they should know', 'My shift ends.')
    await expectRightAtEachWidth(one)
    await mouse(one).press('Hand over')
    await hands(other).getByText('hands it over to you').waitFor({ timeout: SOON })
    await hands(other).getByText('“My shift ends.”').waitFor()
    await expectRightAtEachWidth(other)
    expect(await hands(one).getByRole('button', { name: 'Withdraw' }).count()).toBe(1)

    await other.goto('/')
    await other.getByRole('region', { name: 'In my hands' }).getByText('owner hands it over to you').waitFor()
    await expectRightAtEachWidth(other)
    await mouse(other).press('Acknowledge')
    await hands(one).getByText('deployer holds it').waitFor({ timeout: SOON })
    await other.getByRole('region', { name: 'In my hands' }).getByText('you hold it').waitFor()

    await mouse(one).press('Audit', 'tab')
    await one.getByText('holder: owner → deployer').waitFor()
    await expectRightAtEachWidth(one)
  })

  test('taking it out of the hands of somebody takes a reason', async () => {
    const one = owner.page
    await one.goto(`/deployments/${id}`)
    await mouse(one).press('Take over…')
    const sends = one.getByRole('dialog').getByRole('button', { name: 'Take it over' })
    expect(await sends.isDisabled()).toBe(true)
    await mouse(one).fill('Reason', 'They went home.')
    await mouse(one).press('Take it over')
    await hands(one).getByText('You hold it').waitFor()
    await mouse(one).press('Let go')
    await hands(one).getByText('Nobody holds it.').waitFor()
  })

  test('who is on what went wrong stands there for all, until something else goes wrong', async () => {
    const one = owner.page
    const other = deployer.page
    await addFault(waybill, 'austin-web-1', { step: 'copy', fault: 'fail' })
    await one.goto(`/deployments/${id}`)
    await other.goto(`/deployments/${id}`)
    await mouse(other).press('Deploy')
    await hands(one).getByText('nobody is on it').waitFor({ timeout: 60_000 })
    await one.getByText('partial').first().waitFor({ timeout: 60_000 })
    await mouse(other).press('I am on it')
    await hands(one).getByText('deployer is on what went wrong').waitFor({ timeout: SOON })
    await expectRightAtEachWidth(one)
    await one.goto('/')
    await one.getByRole('grid', { name: 'Deployments' }).getByText('deployer is on it').waitFor()
    const cut = `[...document.querySelectorAll('[role=grid] a > .font-medium')]
      .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)`
    expect(await one.evaluate(cut), 'short titles that are cut although there is room').toEqual([])
    await expectRightAtEachWidth(one)

    await one.goto(`/deployments/${id}`)
    await mouse(other).press('Retry what failed')
    await hands(one).getByText('nobody is on it').waitFor({ timeout: 60_000 })
    await removeFault(waybill, 'austin-web-1')
    owner.expectClean()
    deployer.expectClean()
  })
})
