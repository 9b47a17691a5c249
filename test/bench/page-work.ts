import type { Page } from 'playwright-core'
import type { Opened } from './page-estate.ts'
import { settled } from './page-measures.ts'

const WAYS = ['Deployments', 'Releases', 'Tasks', 'Items', 'Graph', 'Reconciliation', 'Discovery', 'Library', 'Audit']

/**
 * What a person does: goes through the navigation; filters the list, walks it by keys, opens a menu and the palette on each
 * page; then every tab of an item, of a release and of the deployment under way, and the graph is opened and moved.
 * Answers how many clicks and keys that were. All without loading a page anew.
 */
export async function atWork(page: Page, paths: Opened['paths']): Promise<number> {
  let done = 0
  const main = page.getByRole('main')
  const press = async (...keys: string[]) => {
    for (const key of keys) {
      await page.keyboard.press(key)
      done++
    }
  }
  const click = async (role: 'link' | 'button' | 'tab', name: string | RegExp, within = page.locator('body')) => {
    await within
      .getByRole(role, { name, exact: typeof name === 'string' })
      .filter({ visible: true })
      .first()
      .click()
    done++
  }
  const type = async (text: string) => press(...text)
  const palette = async (text: string) => {
    await press('Control+k')
    await page.getByRole('dialog').getByRole('option').first().waitFor()
    await type(text)
  }
  /** By the palette, as somebody does who knows what it is called. */
  const goTo = async (text: string, note: string, path: string) => {
    await palette(text)
    await page.getByRole('option').filter({ hasText: note }).first().click()
    done++
    await page.waitForURL(`**${path}`)
    await settled(page)
  }
  const everyTab = async () => {
    for (const tab of await main.getByRole('tab').all()) {
      await tab.click()
      done++
      await settled(page)
      await page.waitForTimeout(300)
    }
  }

  await page.goto('/')
  await settled(page)
  for (const way of WAYS) {
    await click('link', new RegExp(`^${way}( \\d+ waiting)?$`), page.locator('nav').first())
    await settled(page)
    await press('j', 'j', 'j', 'k')
    const filter = main.getByRole('textbox').filter({ visible: true }).first()
    if (await filter.count()) {
      await filter.click()
      done++
      await type('host-1')
      await page.waitForTimeout(500)
      await press('Control+a', 'Delete')
      await settled(page)
    }
    await click('button', 'Copy this view')
    await press('ArrowDown', 'ArrowDown', 'Escape')
    await palette('go')
    await press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  await goTo('host-1-1', 'host-1-1', paths.item)
  await everyTab()
  await goTo('Storefront 1.50.0', 'REL-', paths.release)
  await everyTab()
  await goTo('1.50.0 everywhere', 'DPL-', paths.deployment)
  await everyTab()
  await click('tab', /^Targets/)
  await page
    .locator('canvas')
    .first()
    .click({ position: { x: 40, y: 40 } })
  await press('ArrowRight', 'ArrowRight', 'ArrowDown', 'Escape')
  return done + 1
}
