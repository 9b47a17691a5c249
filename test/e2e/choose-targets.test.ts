/** Failed targets are chosen by a rectangle, by keys or from a menu, and tried again, left out or settled by one call. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn, silent } from '../support/cast.ts'
import { addFault, approvedDeployment, gridOf, holdHost, letGoOfHost, removeFault, start } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { see } from '../support/road.ts'
import { aStage, clear } from '../support/stage.ts'
import { until } from '../support/until.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

describeInChromium('many targets at once', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let id: string
  let failing: string[]

  const settled = (failed: number) =>
    until(
      () => gridOf(people.owner, id),
      ({ state }) =>
        state.every((each) => ['FAILED', 'REPORTED_OK', 'EXCLUDED'].includes(each)) &&
        state.filter((each) => each === 'FAILED').length === failed,
      60_000,
    )

  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    await driveTheRoad(people, silent)
    id = await approvedDeployment(people, '1.0.0')
    const { names, sites } = await gridOf(people.owner, id)
    failing = names.filter((_, at) => sites[at] === 'Austin').slice(0, 2)
    for (const host of failing) await addFault(waybill, host, { step: 'copy', fault: 'fail' })
    await start(people.deployer, id)
    await settled(2)
    person = await aPerson(browser, waybill.url)
    await signIn(mouse(person.page), 'deployer')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))
  beforeEach(async () => {
    await person.page.goto(`/deployments/${id}`)
    await tile(person.page, failing[0]!).waitFor()
  })

  const austin = (page: Page) => page.getByRole('list', { name: 'Targets in Austin' })
  const tile = (page: Page, name: string) => austin(page).getByRole('button', { name: new RegExp(name) })
  const bar = (page: Page) => page.getByRole('region', { name: 'Chosen targets' })

  test('the menu chooses what failed; Escape lets go of it', async () => {
    const { page } = person
    await page.getByRole('button', { name: 'Choose…' }).click()
    await page.getByRole('menuitem', { name: 'All failed 2' }).click()
    await see(page, '2 chosen')
    await bar(page).getByRole('button', { name: 'Retry 2', exact: true }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await tile(page, failing[0]!).focus()
    await page.keyboard.press('Escape')
    await expect.poll(() => bar(page).count()).toBe(0)
    await page.getByRole('button', { name: 'Choose…' }).click()
    await page.getByRole('menuitem', { name: /^All in Austin/ }).click()
    await bar(page).getByRole('button', { name: 'Retry 2 of 4' }).waitFor()
  })

  test('they stand by state too, the worst first, which the address keeps, as cells and as a table', async () => {
    const { page } = person
    const heads = () => page.getByRole('heading', { level: 3 }).allTextContents()
    await page.getByRole('button', { name: 'By state', exact: true }).click()
    await page.getByRole('region', { name: 'Targets in the state failed' }).getByText('2 targets').waitFor()
    expect((await heads()).map((text) => text.trim())[0]).toBe('failed')
    expect(new URL(page.url()).searchParams.get('by')).toBe('state')
    await page.reload()
    const failed = page.getByRole('list', { name: 'Targets in the state failed' })
    await failed.getByRole('button', { name: new RegExp(failing[0]!) }).waitFor()
    await expectRightAtEachWidth(page)
    await page.getByRole('button', { name: 'Table', exact: true }).click()
    const rows = page.getByRole('grid', { name: 'Targets' }).locator('[data-row]')
    await expect.poll(async () => (await rows.first().textContent()) ?? '').toContain('failed')
    expect(await rows.count()).toBe((await gridOf(people.owner, id)).names.length)
  })

  test('a rectangle over the failed ones and one call try them again', async () => {
    const { page } = person
    const first = (await tile(page, failing[0]!).boundingBox())!
    const second = (await tile(page, failing[1]!).boundingBox())!
    await page.mouse.move(first.x + 8, first.y + 8)
    await page.mouse.down()
    await page.mouse.move(second.x + second.width - 8, second.y + second.height - 8, { steps: 6 })
    await page.mouse.up()
    await see(page, '2 chosen')
    const answer = page.waitForResponse((one) => (one.request().postData() ?? '').includes('targetsRetry'))
    await bar(page).getByRole('button', { name: 'Retry 2', exact: true }).click()
    await answer
    await expect.poll(() => bar(page).count()).toBe(0)
    await settled(2)
    person.expectClean()
  })

  test('by keys: shift and an arrow choose, x takes one out, one is left out with a reason, the other arrives', async () => {
    const { page } = person
    await tile(page, failing[0]!).focus()
    await page.keyboard.press('Shift+ArrowRight')
    await see(page, '2 chosen')
    await page.keyboard.press('x')
    await see(page, '1 chosen')
    await bar(page).getByRole('button', { name: 'Exclude 1…' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox').fill('It is being replaced.')
    await dialog.getByRole('button', { name: 'Exclude 1' }).focus()
    await page.keyboard.press('Enter')
    await settled(1)
    for (const host of failing) await removeFault(waybill, host)
    await page.getByRole('button', { name: 'Choose…' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'All failed 1' }).focus()
    await page.keyboard.press('Enter')
    await bar(page).getByRole('button', { name: 'Retry 1', exact: true }).focus()
    await page.keyboard.press('Enter')
    await settled(0)
  })

  test('targets in doubt are settled: one from its panel, the others by one call with what was seen', async () => {
    const { page } = person
    const doubted = await approvedDeployment(people, '1.1.0')
    const { names, sites } = await gridOf(people.owner, doubted)
    const held = names.filter((_, at) => sites[at] === 'Austin').slice(0, 3)
    for (const host of held) await holdHost(waybill, host)
    await start(people.deployer, doubted)
    const states = () =>
      gridOf(people.owner, doubted).then(({ state }) => held.map((host) => state[names.indexOf(host)]))
    await until(states, (now) => now.every((state) => state === 'RUNNING'), 20_000)
    await people.deployer.mutate(
      'mutation($input: MoveInput!) { deploymentCancel(input: $input) { userErrors { code message } position } }',
      { id: doubted },
    )
    await until(states, (now) => now.every((state) => state === 'IN_DOUBT'), 60_000)
    for (const host of held) await letGoOfHost(waybill, host)

    await page.goto(`/deployments/${doubted}`)
    await tile(page, held[0]!).click()
    await page.getByRole('button', { name: 'It did not arrive…' }).click()
    const one = page.getByRole('dialog', { name: `${held[0]} does not have it` })
    await one.getByRole('textbox').fill('The console shows 1.0.0.')
    await one.getByRole('button', { name: 'It did not arrive' }).click()
    await until(states, (now) => now[0] === 'FAILED')

    await page.getByRole('button', { name: 'Choose…' }).click()
    await page.getByRole('menuitem', { name: 'All in doubt 2' }).click()
    expect(await axeFindings(page)).toEqual([])
    expect(
      await bar(page)
        .getByRole('button', { name: /Retry|Exclude/ })
        .count(),
    ).toBe(0)
    await bar(page).getByRole('button', { name: 'It did not arrive at 2…' }).click()
    const many = page.getByRole('dialog', { name: 'It did not arrive at 2 targets' })
    await many.getByRole('textbox').fill('Both consoles show 1.0.0.')
    await many.getByRole('button', { name: 'It did not arrive at 2' }).click()
    await until(states, (now) => now.every((state) => state === 'FAILED'))
    await expect.poll(() => bar(page).count()).toBe(0)
    await page.getByText('deployer found it not done: Both consoles show 1.0.0.').first().waitFor()
    person.expectClean()
  }, 180_000)
})
