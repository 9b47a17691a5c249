/** A discovery that failed in the middle is resumed on its page, after what is wrong with it was read there and mended. */
import type { Browser } from 'playwright-core'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { aPerson, describeInChromium } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { book, computer, operation } from '../support/idml/books.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

describeInChromium('a discovery that failed', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resume-'))
    ;({ waybill, browser, people } = await aStage())
  })
  afterAll(async () => {
    await clear({ waybill, browser, people })
    await rm(folder, { recursive: true })
  })

  const bookOf = (system: string) =>
    book(operation('create', computer(`resumed-${system}`)))
      .replaceAll('Hostname=h1', `Hostname=${system}`)
      .replaceAll('02000000000A', `0200000000${system === 'one' ? '0B' : '0C'}`)

  test('says where the fault is, and goes on from there when somebody resumes it', async () => {
    await writeFile(join(folder, '1.xml'), bookOf('one'))
    const filler = `<!-- ${'far behind its head '.repeat(20_000)} -->`
    await writeFile(join(folder, '2.xml'), bookOf('two').replace('</cdm:sys.ComputerSystem>', filler))
    await people.admin.mutate(
      'mutation($input: ProductRegisterInput!) { productRegister(input: $input) { userErrors { code message } position } }',
      { name: 'Books to resume', kind: 'idml', config: { folder } },
    )
    const person = await aPerson(browser, waybill.url)
    const { page } = person
    await signIn(mouse(page), 'admin')
    await page.goto('/discovery')
    await page.getByRole('button', { name: 'Discover…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Product').selectOption({ label: 'Books to resume' })
    await dialog.getByRole('button', { name: 'Discover' }).click()
    await page.waitForURL(/\/discovery\/run_/)
    await page.getByText('The run failed.').waitFor()
    expect(await page.getByText('nothing was changed').count(), 'said once').toBe(1)
    await page.getByText(/^2\.xml, line \d+/).waitFor()
    await page.getByText('What it had read whole is kept: resumed, it goes on with the rest.').waitFor()
    await expectRightAtEachWidth(page)

    await writeFile(join(folder, '2.xml'), bookOf('two'))
    await page.getByRole('button', { name: 'Resume…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Resume the run' }).click()
    await page.getByText(/resumed by/).waitFor()
    await page.getByText('resumed-two').first().waitFor()
    expect(await page.getByRole('button', { name: 'Resume…' }).count()).toBe(0)
    const seen = await people.admin.query<{ actualItems: { nodes: { name: string }[] } }>(
      '{ actualItems(first: 50, filter: { search: "resumed" }) { nodes { name } } }',
    )
    expect(seen.actualItems.nodes.map(({ name }) => name).toSorted()).toEqual(['resumed-one', 'resumed-two'])
    person.expectClean()
  })
})
