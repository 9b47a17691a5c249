/** Every question that the dashboard asks over a page, on a desk and on a phone, light and dark, by its keys. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { furnish, type Furnished } from '../support/furnished-stage.ts'
import { mouse } from '../support/hand.ts'
import { rawWords } from '../support/plain-words.ts'
import { questions, type Question, type Step } from '../support/questions.ts'
import { aStage, clear, type Stage } from '../support/stage.ts'

const [DESK, PHONE] = [1440, 390] // pixels
const DIALOG = '[role=dialog]'
const FOCUSED = `${DIALOG}:focus, ${DIALOG} :focus`

/** What of a dialog is wider than its place. */
const stickingOut = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('${DIALOG}, ${DIALOG} > :not(.sr-only)')]
    .filter((each) => each.scrollWidth > each.clientWidth + 1)
    .map((each) => each.tagName.toLowerCase() + ' of ' + each.clientWidth + ' holds ' + each.scrollWidth)`)

const thing = (page: Page, { role, name, last }: Step): Locator =>
  page
    .getByRole(role, { name, exact: typeof name === 'string' })
    .filter({ visible: true })
    .nth(last ? -1 : 0)

const resized = (page: Page, width: number) => page.setViewportSize({ width, height: 900 })

/** Opens it on the page that is there; what is wrong with it as it stands there. */
async function faultsOf(page: Page, { name, steps, onPhone }: Question): Promise<string[]> {
  const faults: string[] = []
  await resized(page, onPhone ? PHONE : DESK)
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  for (const step of steps) await thing(page, step).press(step.role === 'checkbox' ? 'Space' : 'Enter')
  const dialog = page.getByRole('dialog', { name, exact: typeof name === 'string' })
  await dialog.waitFor()
  await dialog.getByRole('status', { name: 'Loading' }).waitFor({ state: 'detached' })
  if (!(await page.locator(FOCUSED).count())) faults.push('the focus does not go into it')
  for (const width of [DESK, PHONE]) {
    await resized(page, width)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const found = await axeFindings(page, { colours: colorScheme === 'dark', within: DIALOG })
      faults.push(...found.map((each) => `${width}, ${colorScheme}: ${each}`))
    }
    faults.push(...(await stickingOut(page)).map((each) => `${width}: ${each}`))
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
    if (wide > width) faults.push(`the page scrolls sideways: it is ${wide} wide in a window of ${width}`)
  }
  for (const raw of await rawWords(page)) faults.push(`it speaks like the API: ${raw}`)
  await resized(page, onPhone ? PHONE : DESK)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  // A menu is gone by then; the button that opened it is there.
  const opener = thing(
    page,
    steps.findLast(({ role }) => role !== 'menuitem')!,
  )
  const isBack = async () => (await opener.and(page.locator(':focus')).count()) > 0
  await expect
    .poll(isBack, { timeout: 2_000 })
    .toBe(true)
    .catch(() => faults.push('Escape does not give the focus back'))
  return faults
}

describeInChromium('questions over a page', () => {
  let stage: Stage
  let there: Furnished
  let person: Person
  beforeAll(async () => {
    stage = await aStage()
    there = await furnish(stage)
    person = await aPerson(stage.browser, stage.waybill.url)
    await signIn(mouse(person.page), 'admin')
  }, 180_000)
  afterAll(() => clear(stage ?? {}))

  test('each is right at every width and in every scheme, takes the focus and gives it back', async () => {
    const waiting = [...Map.groupBy(questions, ({ path }) => path(there))]
    const faults: string[] = []
    const work = async (page: Page) => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [path, asked] = next
        await page.goto(path)
        for (const each of asked) {
          const found = await faultsOf(page, each).catch((error: Error) => [error.message])
          faults.push(...found.map((fault) => `${each.in}, “${String(each.name)}”: ${fault}`))
        }
      }
    }
    const second = await person.context.newPage()
    await Promise.all([work(person.page), work(second)])
    await second.close()
    expect(faults).toEqual([])
    person.expectClean()
  })
})
