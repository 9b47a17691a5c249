/** The board of releases in its dense form: fifty releases at eight sites on one screen. */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axeFindings } from '../support/axe.ts'
import { describeInChromium } from '../support/browser.ts'
import { clear } from '../support/stage.ts'
import { aWalkedStage, type WalkedStage } from '../support/walked-stage.ts'

const SITES = ['Berlin', 'Cairo', 'Delhi', 'Essen', 'Florence', 'Geneva'] // beside Austin and Tokyo
const RELEASES = 50
const DESK = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }
const ANSWER = 'userErrors { code message } position'

describeInChromium('the dense board', () => {
  let stage: WalkedStage
  let page: Page
  let board: Locator
  let newest: string
  beforeAll(async () => {
    stage = await aWalkedStage()
    page = stage.person.page
    board = page.getByRole('region', { name: 'Releases by place' })
    const { owner } = stage.people
    const { configurationItems, packages } = await owner.query<{
      configurationItems: { nodes: { id: string }[] }
      packages: { nodes: { versions: { nodes: { id: string }[] } }[] }
    }>(`{ configurationItems(first: 100, filter: { targetable: true, authorized: true }) { nodes { id } }
      packages(first: 1) { nodes { versions(first: 1) { nodes { id } } } } }`)
    const made: string[] = []
    const make = async (input: object) =>
      (
        await owner.mutate<{ item: { id: string } }>(
          `mutation($input: ItemCreateInput!) { itemCreate(input: $input) { item { id } ${ANSWER} } }`,
          input,
        )
      ).item.id
    for (const name of SITES) {
      const siteId = await make({ name, className: 'Site' })
      made.push(await make({ name: `${name}-1`, className: 'ComputerSystem', siteId }))
    }
    await owner.mutate(`mutation($input: ItemsChangeInput!) { itemsChange(input: $input) { ${ANSWER} } }`, {
      ids: made,
      state: 'TEST',
    })
    const wide = {
      sourceIds: [packages.nodes[0]!.versions.nodes[0]!.id],
      targetIds: [...configurationItems.nodes.map(({ id }) => id), ...made],
    }
    for (let n = 2; n <= RELEASES; n++) {
      const { release } = await owner.mutate<{ release: { id: string } }>(
        `mutation($input: ReleaseCreateInput!) { releaseCreate(input: $input) { release { id } ${ANSWER} } }`,
        { title: `Wide ${n}, with a title that is longer than its column`, ...wide },
      )
      newest = release.id
    }
  }, 300_000)
  afterAll(() => clear(stage))

  const all = async () => {
    await expect.poll(() => board.locator('[data-cell]').count()).toBe((RELEASES - 1) * 8 + 2)
    await expect.poll(() => board.getByRole('columnheader').count()).toBe(9)
  }
  const boxes = (selector: string) =>
    page.evaluate<{ top: number; left: number; right: number; bottom: number; height: number }[]>(
      `[...document.querySelectorAll('[role=region] ${selector}')].map((each) => each.getBoundingClientRect().toJSON())`,
    )
  const AREA = `document.querySelector('[role=region]')`
  /** How many pixels of the board are out of sight. */
  const sideways = () => page.evaluate<number>(`${AREA}.scrollWidth - ${AREA}.clientWidth`)
  const density = () => new URL(page.url()).searchParams.get('density')
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()

  test('shows all of 50 releases at eight sites at once, in light and dark, and says the rest in a tooltip', async () => {
    await page.goto('/releases/board')
    await all()
    expect((await boxes('tbody tr')).at(-1)!.bottom).toBeGreaterThan(DESK.height)
    await press('Dense')
    await expect.poll(density).toBe('dense')
    await expect.poll(async () => (await boxes('tbody tr')).at(-1)!.bottom).toBeLessThanOrEqual(DESK.height)
    const cells = await boxes('[data-cell]')
    const [area] = await boxes('table')
    expect(cells.filter(({ top, bottom }) => top < 0 || bottom > DESK.height)).toEqual([])
    expect(cells.filter(({ left, right }) => left < area!.left || right > DESK.width)).toEqual([])
    expect(await page.evaluate('window.scrollY')).toBe(0)
    expect(await sideways()).toBe(0)
    expect(new Set((await boxes('tbody tr')).map(({ height }) => height))).toEqual(new Set([14]))

    const cell = board.getByRole('link', { name: 'Tokyo, 4 targets: 4 confirmed.' })
    expect(await cell.innerText()).toContain('1.1.0')
    await cell.hover()
    const bubble = page.locator('[data-reka-popper-content-wrapper]')
    await expect.poll(() => bubble.innerText()).toMatch(/4 confirmed · storefront 1\.1\.0 · (now|.* ago)$/)
    expect(await axeFindings(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await axeFindings(page, { colours: true })).toEqual([])
    await page.emulateMedia({ colorScheme: null })
    stage.person.expectClean()
  })

  test('is one stop of the Tab key, is walked by the arrows from head to cell, and follows what changes', async () => {
    await page.goto('/releases/board?density=dense')
    await all()
    const stops = board.locator('table [tabindex="0"]')
    const focused = () => page.evaluate<string>('document.activeElement.innerText')
    await board.focus()
    await page.keyboard.press('Tab')
    expect(await focused()).toContain(`Wide ${RELEASES}`)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowRight')
    expect(await focused()).toMatch(/^Berlin, 1 target: 1 not deployed\./)
    await expect.poll(() => stops.allInnerTexts()).toEqual([await focused()])
    const row = 'document.activeElement.closest("tr").rowIndex'
    expect(await page.evaluate(row)).toBe(2)

    await page.locator('[data-connection=live]').waitFor()
    await stage.people.owner.mutate(
      `mutation($input: ReleaseUpdateInput!) { releaseUpdate(input: $input) { ${ANSWER} } }`,
      { id: newest, title: 'Renamed meanwhile' },
    )
    await board.getByRole('row', { name: /Renamed meanwhile/ }).waitFor()
    for (const key of ['ArrowUp', 'ArrowUp']) await page.keyboard.press(key)
    expect(await focused()).toBe('Berlin')
    for (const key of ['ArrowDown', 'ArrowLeft', 'ArrowLeft', 'Enter']) await page.keyboard.press(key)
    await page.waitForURL(`**/releases/${newest}`)
    stage.person.expectClean()
  })

  test('is remembered by the browser, but a link shows what it was made for', async () => {
    const enter = async () => {
      await page.goto('/releases')
      await page.getByRole('link', { name: 'Board', exact: true }).click()
      await all()
    }
    await enter()
    await expect.poll(density).toBe('dense')
    await page.goto('/releases/board?show=all')
    await all()
    expect(density()).toBe(null)
    expect(await page.getByRole('button', { name: 'Comfortable' }).getAttribute('aria-pressed')).toBe('true')
    await page.goto('/releases/board?density=dense')
    await all()
    await press('Comfortable')
    await expect.poll(density).toBe(null)
    await enter()
    expect(density()).toBe(null)
    stage.person.expectClean()
  })

  test('on a phone it has rows for a finger and scrolls sideways under the names of the releases', async () => {
    await page.setViewportSize(PHONE)
    await page.goto('/releases/board?density=dense')
    await all()
    expect(Math.min(...(await boxes('tbody [data-cell]')).map(({ height }) => height))).toBeGreaterThanOrEqual(24)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width)
    expect(await sideways()).toBeGreaterThan(0)
    const [before] = await boxes('tbody th')
    await page.evaluate(`${AREA}.scrollLeft = ${AREA}.scrollWidth`)
    await expect.poll(async () => (await boxes('tbody tr [data-cell]'))[7]!.right).toBeLessThanOrEqual(PHONE.width)
    expect((await boxes('tbody th'))[0]).toEqual(before)
    expect(await axeFindings(page)).toEqual([])
    await page.setViewportSize(DESK)
    stage.person.expectClean()
  })
})
