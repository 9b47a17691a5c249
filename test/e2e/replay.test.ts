/** A deployment is looked at again as it was: dragged, by keys and by its address, and live goes on from there. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn, silent } from '../support/cast.ts'
import { addFault, approvedDeployment, gridOf, removeFault, start } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { see } from '../support/road.ts'
import { aStage, clear } from '../support/stage.ts'
import { until } from '../support/until.ts'
import type { Waybill } from '../support/waybill.ts'

describeInChromium('a deployment seen again', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let path: string
  let failing: string

  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    await driveTheRoad(people, silent)
    const id = await approvedDeployment(people, '1.0.0')
    path = `/deployments/${id}`
    failing = (await gridOf(people.owner, id)).names[1]!
    await addFault(waybill, failing, { step: 'copy', fault: 'fail' })
    await start(people.deployer, id)
    await until(
      () => gridOf(people.owner, id),
      ({ state, confirmation }) =>
        state.every((each, at) => each === 'FAILED' || (each === 'REPORTED_OK' && confirmation[at] === 'CONFIRMED')),
      60_000,
    )
    await removeFault(waybill, failing)
    person = await aPerson(browser, waybill.url)
    await signIn(mouse(person.page), 'deployer')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  const rail = (page: Page) => page.getByRole('slider', { name: 'Moment that is shown' })
  const at = (page: Page) => new URL(page.url()).searchParams.get('at')
  const tile = (page: Page, state: string) =>
    page.getByRole('button', { name: new RegExp(`${failing}.*${state}`, 's') })
  const retry = (page: Page) => page.getByRole('button', { name: /^Retry/ })

  test('dragged back, the failed target still waits; the address shows a colleague the same; Live returns', async () => {
    const { page } = person
    await page.goto(path)
    await tile(page, 'failed').waitFor()
    await retry(page).first().waitFor()
    const box = (await rail(page).boundingBox())!
    await page.mouse.move(box.x + box.width - 1, box.y + box.height / 2)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 5 })
    await page.mouse.move(box.x, box.y + box.height / 2, { steps: 5 })
    await page.mouse.up()
    await tile(page, 'pending').waitFor()
    await see(page, 'nothing can be done to it')
    expect(await retry(page).count()).toBe(0)
    await expect.poll(() => at(page)).not.toBeNull()
    expect(await axeFindings(page)).toEqual([])

    const colleague = await person.context.newPage()
    await colleague.goto(page.url())
    await tile(colleague, 'pending').waitFor()
    expect(await retry(colleague).count()).toBe(0)
    await colleague.close()

    await page.getByRole('button', { name: 'Live', exact: true }).click()
    await tile(page, 'failed').waitFor()
    await retry(page).first().waitFor()
    await expect.poll(() => at(page)).toBeNull()
    person.expectClean()
  })

  test('by keys: Home is the beginning, arrows go from change to change, Space plays, End is live', async () => {
    const { page } = person
    await page.goto(path)
    await tile(page, 'failed').waitFor()
    await rail(page).focus()
    await page.keyboard.press('Home')
    await tile(page, 'pending').waitFor()
    // As a person does: the next key when the one before it shows.
    for (let steps = 0; steps < 60 && (await tile(page, 'failed').count()) === 0; steps++) {
      const shown = await rail(page).getAttribute('aria-valuenow')
      await page.keyboard.press('ArrowRight')
      await expect.poll(() => rail(page).getAttribute('aria-valuenow')).not.toBe(shown)
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    }
    await tile(page, 'failed').waitFor()
    expect(await rail(page).getAttribute('aria-valuetext')).toMatch(/after the start/)
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => tile(page, 'failed').count()).toBe(0)
    const before = await rail(page).getAttribute('aria-valuenow')
    await page.keyboard.press('Space')
    await expect.poll(() => rail(page).getAttribute('aria-valuenow')).not.toBe(before)
    await page.keyboard.press('End')
    await tile(page, 'failed').waitFor()
    await expect.poll(() => at(page)).toBeNull()
    expect(await rail(page).getAttribute('aria-valuetext')).toBe('Live')
  })

  test('the other tabs show what was known then: no attempt before the first, no evidence, and the audit up to there', async () => {
    const { page } = person
    const parts = page.getByRole('tablist', { name: 'Parts of the deployment' })
    const audit = page.getByRole('listitem').filter({ hasText: 'Waybill · end' })
    await page.goto(`${path}?tab=audit`)
    await audit.first().waitFor()
    await rail(page).focus()
    await page.keyboard.press('Home')
    await see(page, 'up to the moment that is shown')
    await expect.poll(() => audit.count()).toBe(0)
    await parts.getByRole('tab', { name: 'Attempts' }).click()
    await see(page, 'No target was tried yet at the moment that is shown.')
    await parts.getByRole('tab', { name: 'Evidence' }).click()
    await see(page, 'Nothing was observed yet at the moment that is shown.')
    expect(await axeFindings(page)).toEqual([])
    await parts.getByRole('tab', { name: 'Attempts' }).click()
    await rail(page).focus()
    const open = page.getByRole('row').filter({ hasText: 'not yet over' })
    for (let steps = 0; steps < 60 && (await open.count()) === 0; steps++) {
      const shown = await rail(page).getAttribute('aria-valuenow')
      await page.keyboard.press('ArrowRight')
      await expect.poll(() => rail(page).getAttribute('aria-valuenow')).not.toBe(shown)
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    }
    await open.first().waitFor()
    await page.getByRole('button', { name: 'Live', exact: true }).click()
    await page.getByRole('row').filter({ hasText: failing }).filter({ hasText: 'failed' }).first().waitFor()
    expect(await page.getByText('not yet over').count()).toBe(0)
    person.expectClean()
  })

  test('an address whose time is none is live', async () => {
    const { page } = person
    await page.goto(`${path}?at=yesterday`)
    await tile(page, 'failed').waitFor()
    expect(await rail(page).getAttribute('aria-valuetext')).toBe('Live')
  })
})
