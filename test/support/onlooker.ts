// Somebody who has the dashboard open while the server is killed, and who never reloads.
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { aPerson } from './browser.ts'
import { signIn } from './cast.ts'
import { startBrowser } from './chromium.ts'
import { mouse } from './hand.ts'

/** What the browser itself writes on the console when there is no line. */
export const CUT = /WebSocket connection to|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET/

export interface Onlooker {
  /** Opens the page of a deployment from the list of the page itself, as a click does. */
  watch(deploymentId: string): Promise<void>
  /** Resolves when the page says that it is live again; the milliseconds since `begun`, an instant of `performance.now()`. */
  livesAgain(begun: number): Promise<number>
  /** Fails unless the page comes to say, without a reload, that all of them are confirmed. */
  expectAllConfirmed(targets: number): Promise<void>
  /** Fails if the page was loaded a second time, asked for something elsewhere, or complained of more than the cut line. */
  expectNeverReloaded(): Promise<void>
  close(): Promise<void>
}

/** Signs in at `url` as one of the cast, and opens the deployments once. */
export async function anOnlooker(url: string, login: string): Promise<Onlooker> {
  const browser = await startBrowser()
  try {
    return await lookingWith(browser, url, login)
  } catch (error) {
    await browser.close()
    throw error
  }
}

async function lookingWith(browser: Browser, url: string, login: string): Promise<Onlooker> {
  const person = await aPerson(browser, url)
  person.forgive(CUT)
  const { page } = person
  await signIn(mouse(page), login)
  await page.goto('/deployments')
  const pill = page.locator('header').getByRole('status')
  const live = () => pill.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 })
  await live()
  await mark(page)
  return {
    watch: async (deploymentId) => {
      await page.getByRole('link', { name: 'Deployments', exact: true }).first().click()
      await page.locator(`a[href="/deployments/${deploymentId}"]`).first().click()
      await page.getByRole('img', { name: /^Targets: / }).waitFor()
    },
    livesAgain: async (begun) => {
      await live()
      return performance.now() - begun
    },
    expectAllConfirmed: async (targets) => {
      await page.getByRole('img', { name: `Targets: ${targets} confirmed`, exact: true }).waitFor({ timeout: 60_000 })
    },
    expectNeverReloaded: async () => {
      expect(await marked(page), 'the page was never loaded anew').toBe(true)
      person.expectClean()
    },
    close: () => browser.close(),
  }
}

const mark = (page: Page) => page.evaluate('void (window.heldOpen = true)')
const marked = (page: Page) => page.evaluate<boolean>('window.heldOpen === true')
