import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { findChromium } from './chromium.ts'

/**
 * Whether there is a browser for what `name` says. Without one it says on stderr, where nobody overlooks it, what is not
 * tested; an error where one is demanded (in CI, by CHROMIUM=required) or named.
 */
export function hasBrowserFor(name: string): boolean {
  if (findChromium()) return true
  const { CHROMIUM } = process.env
  if (CHROMIUM) throw new Error(`"${name}" needs Chromium, and CHROMIUM=${CHROMIUM} demands it, but there is none.`)
  process.stderr.write(
    `\nNOT TESTED: "${name}". There is no Chromium in PATH and CHROMIUM names none; install the package "chromium".\n\n`,
  )
  return false
}

/** `describe`, or without a browser one that skips and says why. */
export function describeInChromium(name: string, body: () => void) {
  if (hasBrowserFor(name)) return describe(name, body)
  return describe.skip(`${name} (skipped: no Chromium on this machine)`, body)
}

/** A browser of one person: own cookies. Everything it asks for and complains about is written down. */
export interface Person {
  page: Page
  context: BrowserContext
  /** Fails if a request left the origin or the page complained. Call it at the end of the test. */
  expectClean(): void
  /** Another origin that a link may open, such as the job page of a product. */
  allow(origin: string): void
  /** Complaints that are no defect at the moment, such as those of a cut line. */
  forgive(pattern: RegExp): void
}

/** A person before the dashboard at `url`. */
export async function aPerson(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Person> {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 }, ...options })
  context.setDefaultTimeout(30_000)
  const [requests, complaints]: [string[], string[]] = [[], []]
  const allowed = new Set([new URL(url).origin])
  const forgiven: RegExp[] = []
  context.on('request', (request) => requests.push(request.url()))
  context.on('page', (page) => {
    page.on('websocket', (socket) => requests.push(socket.url().replace(/^ws/, 'http')))
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()} (${message.location().url})`)
    })
  })
  return {
    context,
    page: await context.newPage(),
    allow: (origin) => void allowed.add(origin),
    forgive: (pattern) => void forgiven.push(pattern),
    expectClean: () => {
      const left = requests.filter((each) => /^http/.test(each) && !allowed.has(new URL(each).origin))
      expect(left, 'requests that left the origin').toEqual([])
      const open = complaints.filter((each) => !forgiven.some((pattern) => pattern.test(each)))
      expect(open, 'errors of the page').toEqual([])
    },
  }
}
