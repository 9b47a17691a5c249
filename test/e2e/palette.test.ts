/** The search over everything, Ctrl K, at the moment when it is asked for. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear, type Stage } from '../support/stage.ts'

describeInChromium('the search that is asked for by keys', () => {
  let stage: Stage
  let person: Person
  beforeAll(async () => {
    stage = await aStage()
    person = await aPerson(stage.browser, stage.waybill.url)
    await signIn(mouse(person.page), 'owner')
  }, 300_000)
  afterAll(() => clear(stage))

  test('is there at once, because the page fetched it when it had come to rest', async () => {
    const { page } = person
    const fetched = page.waitForResponse(/\/Palette-.*\.js$/)
    await page.goto('/releases')
    await fetched
    await page.keyboard.press('Control+k')
    await page.keyboard.type('tasks')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/tasks')
  })

  test('keeps what is typed while it is on its way from being taken for shortcuts, and Escape gives it up', async () => {
    const { page } = person
    let arrive = () => {}
    await page.route(/\/Palette-.*\.js$/, async (route) => {
      await new Promise<void>((done) => (arrive = done))
      await route.continue()
    })
    await page.goto('/releases')
    await page.getByRole('heading', { name: 'Releases', level: 1 }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('gt')
    await page.waitForTimeout(500) // in which a way to another page would have been gone
    expect(new URL(page.url()).pathname).toBe('/releases')
    await page.keyboard.press('Escape')
    await page.keyboard.type('gd')
    await page.waitForURL('**/deployments')
    await expect.poll(() => (arrive(), page.getByRole('dialog').count())).toBe(0)
    person.expectClean()
  })
})
