/** The first page that somebody opens: with and without a session, and while its files are on their way. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aPerson, describeInChromium } from '../support/browser.ts'
import { PASSWORD, signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear, type Stage } from '../support/stage.ts'

describeInChromium('the first page', () => {
  let stage: Stage
  beforeAll(async () => void (stage = await aStage()), 300_000)
  afterAll(() => clear(stage))

  test('is the one that was asked for, also by way of signing in', async () => {
    const person = await aPerson(stage.browser, stage.waybill.url)
    const { page } = person
    await page.goto('/tasks?show=all')
    await page.waitForURL(/\/sign-in\?back=/)
    expect(new URL(page.url()).searchParams.get('back')).toBe('/tasks?show=all')
    await mouse(page).fill('Login', 'owner')
    await mouse(page).fill('Password', PASSWORD)
    await mouse(page).press('Sign in')
    await page.getByRole('heading', { name: 'Tasks', level: 1 }).waitFor()
    expect(new URL(page.url()).search).toBe('?show=all')
    person.expectClean()
  })

  test('stands in the frame of all pages, which does not wait for its files and shows no other page as this one', async () => {
    const person = await aPerson(stage.browser, stage.waybill.url)
    const { page } = person
    await signIn(mouse(page), 'owner')
    let arrive = () => {}
    const arrived = new Promise<void>((done) => (arrive = done))
    await page.route(/\/assets\/releases-.*\.js$/, async (route) => {
      await arrived
      await route.continue()
    })
    await page.goto('/releases', { waitUntil: 'commit' })
    const ways = page.getByRole('navigation', { name: 'Main', exact: true })
    await ways.getByRole('link', { name: 'Deployments', exact: true }).waitFor()
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(0)
    expect(await ways.locator('[aria-current=page]').count()).toBe(0)
    arrive()
    await page.getByRole('heading', { name: 'Releases', level: 1 }).waitFor()
    await ways.locator('[aria-current=page]', { hasText: 'Releases' }).waitFor()
    person.expectClean()
  })
})
