/** Saved views of a list by hand: kept, chosen, altered, renamed, shared with another person and removed. */
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

describeInChromium('saved views', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let owner: Person
  let approver: Person
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    owner = await aPerson(browser, waybill.url)
    approver = await aPerson(browser, waybill.url)
    await signIn(mouse(owner.page), 'owner')
    await signIn(mouse(approver.page), 'approver')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  const opener = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true })
  /** Opens the menu behind the button that shows `name`. */
  async function menu(page: Page, name: string) {
    await opener(page, name).click()
    return page.getByRole('menu')
  }
  const show = (page: Page) => new URL(page.url()).searchParams.get('show')
  const pressed = (page: Page, name: string) => page.getByRole('button', { name, exact: true, pressed: true }).waitFor()

  test('one is saved by keys, found again after a reload, chosen, altered and brought up to date', async () => {
    const { page } = owner
    await page.goto('/deployments')
    await page.getByRole('button', { name: 'In trouble', exact: true }).click()
    await opener(page, 'Views').focus()
    await page.keyboard.press('Enter')
    await page.getByText('A view is a name for this page').waitFor()
    await page.getByRole('menuitem', { name: 'Save this view…' }).waitFor()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByRole('dialog').getByLabel('Name').and(page.locator(':focus')).count()).toBe(1)
    await page.keyboard.type('Trouble')
    await page.keyboard.press('Enter')
    await opener(page, 'View: Trouble').waitFor()
    await page.reload()
    await opener(page, 'View: Trouble').waitFor()

    await page.goto('/deployments')
    await (await menu(page, 'Views')).getByRole('menuitemradio', { name: 'Trouble' }).click()
    await pressed(page, 'In trouble')
    expect(show(page)).toBe('trouble')
    await page.getByRole('button', { name: 'Active', exact: true }).click()
    await (await menu(page, 'View: Trouble changed')).getByRole('menuitem', { name: /^Replace it/ }).click()
    await opener(page, 'View: Trouble').waitFor()
    await page.goto('/deployments')
    await (await menu(page, 'Views')).getByRole('menuitemradio', { name: 'Trouble' }).click()
    await pressed(page, 'Active')
    expect(show(page)).toBe('active')
  }, 120_000)

  test('one is renamed, and a name that is taken is refused beside the field', async () => {
    const { page } = owner
    await (await menu(page, 'View: Trouble')).getByRole('menuitem', { name: 'Rename…' }).click()
    await mouse(page).fill('Name', 'Running')
    await mouse(page).press('Rename')
    await opener(page, 'View: Running').waitFor()
    await page.getByRole('button', { name: 'In trouble', exact: true }).click()
    await (await menu(page, 'View: Running changed')).getByRole('menuitem', { name: 'Save this view…' }).click()
    await mouse(page).fill('Name', 'running')
    await mouse(page).press('Save')
    await page.getByText('You have a view "Running" of /deployments already.').waitFor()
    await mouse(page).press('Back')
    await page.getByRole('button', { name: 'Active', exact: true }).click()
    await opener(page, 'View: Running').waitFor()
  }, 120_000)

  test('one that is shared is seen by another person, who can choose but not change it', async () => {
    await approver.page.goto('/deployments')
    await (await menu(approver.page, 'Views')).getByText('A view is a name for this page').waitFor()
    await approver.page.keyboard.press('Escape')
    await (await menu(owner.page, 'View: Running')).getByRole('menuitem', { name: 'Share with everybody' }).click()
    await owner.page.getByText('Everybody sees “Running” now').waitFor()
    const { page } = approver
    await (await menu(page, 'Views')).getByRole('menuitemradio', { name: 'Running owner' }).click()
    await pressed(page, 'Active')
    const items = (await menu(page, 'View: Running')).getByRole('menuitem')
    await expect
      .poll(() => items.allTextContents())
      .toEqual(['Save this view…', 'Open this list with it', 'Show it on a wall…'])
    await page.keyboard.press('Escape')
  }, 120_000)

  test('the menu fits a phone and says what it is to everybody', async () => {
    const { page } = owner
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 })
      const box = await (await menu(page, 'View: Running')).boundingBox()
      expect(box!.x).toBeGreaterThanOrEqual(0)
      expect(box!.x + box!.width).toBeLessThanOrEqual(width)
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      // A menu lies over the page like a dialog, which axe does not ask to stand in a landmark.
      const findings = await axeFindings(page)
      expect(findings.filter((each) => !/^region: .*popper/.test(each))).toEqual([])
      await page.keyboard.press('Escape')
    }
    await page.setViewportSize({ width: 1440, height: 900 })
  }, 120_000)

  test('a list opens with the view that one chose for it, and without it where one asks for that', async () => {
    const { page } = owner
    const at = () => page.url().slice(waybill.url.length)
    await (await menu(page, 'View: Running')).getByRole('menuitem', { name: 'Open this list with it' }).click()
    await page.getByText('This list opens with “Running” now').waitFor()
    await page.goto('/releases')
    await page.getByRole('link', { name: 'Deployments', exact: true }).first().click()
    await pressed(page, 'Active')
    expect(at()).toBe('/deployments?show=active')
    await (await menu(page, 'View: Running')).getByRole('menuitemradio', { name: 'Without a view' }).click()
    await pressed(page, 'All')
    expect(at()).toBe('/deployments?without=view')
    await page.reload()
    await pressed(page, 'All')
    await page.goBack()
    await pressed(page, 'Active')
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await expect.poll(at).toBe('/deployments?without=view')
    await page.getByRole('button', { name: 'In trouble', exact: true }).click()
    await expect.poll(at).toBe('/deployments?show=trouble')
    await page.goto('/deployments')
    await pressed(page, 'Active')
    const slow = 2_000 // 2 s, in which one has long pressed a button
    const isOfViews = (route: Route) => route.request().postData()?.includes('SavedViews')
    await page.route('**/graphql', async (route) => {
      if (isOfViews(route)) await page.waitForTimeout(slow)
      await route.continue()
    })
    await page.goto('/deployments?show=trouble')
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await expect.poll(at, { message: 'before the views are known' }).toBe('/deployments?without=view')
    await page.unrouteAll({ behavior: 'wait' })
    await page.goto('/deployments')
    await pressed(page, 'Active')
  }, 120_000)

  test('a list opens with what is said for a role, until a person chooses otherwise', async () => {
    const admin = await aPerson(browser, waybill.url)
    await signIn(mouse(admin.page), 'admin')
    await admin.page.goto('/deployments?show=active')
    await (await menu(admin.page, 'View: Running')).getByRole('menuitem', { name: 'Open it for others…' }).click()
    await admin.page.getByLabel('Who').selectOption({ label: 'Approver' })
    await mouse(admin.page).press('Open with it')
    await admin.page.getByText('Approver with Running').waitFor()
    const findings = await axeFindings(admin.page)
    expect(findings).toEqual([])
    await mouse(admin.page).press('Close')
    const { page } = approver
    await page.goto('/deployments')
    await pressed(page, 'Active')
    expect(show(page)).toBe('active')
    await (await menu(page, 'View: Running')).getByRole('menuitemradio', { name: 'Without a view' }).click()
    await (await menu(page, 'Views')).getByRole('menuitem', { name: 'Open this list without a view' }).click()
    await page.getByText('This list opens without a view now').waitFor()
    await page.goto('/deployments')
    await pressed(page, 'All')
    admin.expectClean()
    await admin.page.close()
  }, 120_000)

  test('one is removed after a question, for everybody', async () => {
    const { page } = owner
    await (await menu(page, 'View: Running')).getByRole('menuitem', { name: 'Remove…' }).click()
    await page.getByText('It is shared: it goes for everybody.').waitFor()
    await mouse(page).press('Remove')
    await opener(page, 'Views').waitFor()
    await pressed(page, 'Active')
    await page.goto('/deployments')
    await pressed(page, 'All')
    await approver.page.reload()
    await (await menu(approver.page, 'Views')).getByText('A view is a name for this page').waitFor()
    owner.expectClean()
    approver.expectClean()
  }, 120_000)
})
