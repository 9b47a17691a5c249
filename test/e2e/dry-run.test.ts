/** A dry run of a file that is handed in: all that would change, page by page, whom people would be asked about, and then for real. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { aPerson, describeInChromium } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { book, linux, operation, relation } from '../support/idml/books.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

describeInChromium('a dry run', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
  })
  afterAll(() => clear({ waybill, browser, people }))

  const register = (name: string) =>
    people.admin.mutate(
      'mutation($input: ProductRegisterInput!) { productRegister(input: $input) { userErrors { code message } position } }',
      { name, kind: 'idml', config: {} },
    )
  /** Known by nothing but its name. */
  const computer = (id: string, name = id) =>
    `<cdm:sys.ComputerSystem id="${id}" sourceToken="t-${id}"><cdm:Name>${name}</cdm:Name></cdm:sys.ComputerSystem>`
  const many = Array.from({ length: 104 }, (_, n) => computer(`box-${n}`)).join('\n')
  const told = `${computer('b-1', 'asked')}\n${linux('os-1')}\n${many}\n${relation('installedOn', 'os-1', 'b-1')}`

  test('shows relationships and questions beside items, and the same file is taken over afterwards', async () => {
    const person = await aPerson(browser, waybill.url)
    const { page } = person
    await signIn(mouse(page), 'admin')
    await register('First books')
    await register('Second books')
    const discover = async (product: string, elements: string, dryRun: boolean) => {
      await page.goto('/discovery')
      await page.getByRole('button', { name: 'Discover…' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Product').selectOption({ label: product })
      if (dryRun) await dialog.getByLabel('Dry run').check()
      const buffer = Buffer.from(book(operation('create', elements)))
      await dialog
        .locator('input[type=file]')
        .setInputFiles({ name: `${product}.xml`, mimeType: 'application/xml', buffer })
      await dialog.getByRole('button', { name: 'Discover', exact: true }).click()
      await page.waitForURL(/\/discovery\/run_/)
    }
    await discover('First books', computer('a-1', 'asked'), false)
    await page.getByText('succeeded').waitFor()

    await discover('Second books', told, true)
    const dry = page.url()
    await page.getByText('Discovering for real would leave 1 question of identity for people').waitFor()
    await page.getByText('from the file Second books.xml').waitFor()
    await page.getByText('relationships: 1 new, 0 gone').waitFor()
    const lines = page.getByRole('listitem').filter({ has: page.locator('p') })
    await page.getByRole('button', { name: /^8 more$/ }).click()
    await expect.poll(() => page.getByText('May be asked').count()).toBe(1)
    await page.getByText('installed on').waitFor()
    await page.getByRole('button', { name: /^Questions/ }).click()
    await expect.poll(() => lines.filter({ hasText: 'would ask' }).count()).toBe(1)
    await page.getByRole('button', { name: /^Relationships/ }).click()
    await page.getByText('new relationship').waitFor()
    expect(page.url()).toContain('changes=relationships')
    await page.goto(dry)
    await page.getByRole('button', { name: /more$/ }).waitFor()
    await expectRightAtEachWidth(page)

    await page.getByRole('button', { name: 'Discover for real' }).click()
    await page.waitForURL((url) => /\/discovery\/run_/.test(url.pathname) && url.href !== dry)
    await page.getByText('Only a weak mark says that the two may be one.').waitFor()
    await page.getByText('from the file Second books.xml').waitFor()
    const { actualItems } = await people.admin.query<{ actualItems: { totalCount: number } }>(
      '{ actualItems(first: 1, filter: { search: "box-" }) { totalCount } }',
    )
    expect(actualItems.totalCount).toBe(104)
    person.expectClean()
  })
})
