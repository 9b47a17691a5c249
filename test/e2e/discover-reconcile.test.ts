/** What discovery and reconciliation leave to people, done in the dashboard: a dry run, a merge by hand, many results at once. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { aPerson, describeInChromium } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { until } from '../support/until.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

const ANSWER = 'userErrors { code message } position'

describeInChromium('what discovery leaves to people', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let page: Page
  const does = <T>(name: string, type: string, input: object, selection = '') =>
    people.admin.mutate<T>(`mutation($input: ${type}!) { ${name}(input: $input) { ${selection} ${ANSWER} } }`, input)

  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    ;({ page } = await aPerson(browser, waybill.url))
    await signIn(mouse(page), 'admin')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  const mapping = {
    class: 'ComputerSystem',
    name: 'Host',
    key: 'Asset',
    attributes: { serialNumber: 'Serial', cpus: 'CPUs' },
  }
  const fileOf = (name: string) => join(waybill.folder, `${name}.csv`)
  const write = (name: string, lines: string[]) =>
    writeFile(fileOf(name), ['Asset,Host,Serial,CPUs', ...lines, ''].join('\n'))
  async function aTable(name: string, lines: string[]): Promise<string> {
    await write(name, lines)
    const input = { name, kind: 'table', config: { path: fileOf(name), mapping } }
    const { product } = await does<{ product: { id: string } }>(
      'productRegister',
      'ProductRegisterInput',
      input,
      'product { id }',
    )
    return product.id
  }
  async function discover(productId: string): Promise<string> {
    const { run } = await does<{ run: { id: string } }>(
      'discoveryStart',
      'DiscoveryStartInput',
      { productId },
      'run { id }',
    )
    const text = 'query($id: ID!) { discoveryRun(id: $id) { state } }'
    const state = async () =>
      (await people.admin.query<{ discoveryRun: { state: string } }>(text, { id: run.id })).discoveryRun.state
    expect(await until(state, (now) => !['QUEUED', 'RUNNING'].includes(now), 60_000)).toBe('SUCCEEDED')
    return run.id
  }
  const seen = async () =>
    (
      await people.admin.query<{ actualItems: { totalCount: number } }>(
        '{ actualItems(first: 1, filter: { states: [PRESENT] }) { totalCount } }',
      )
    ).actualItems.totalCount

  test('a dry run shows the change set on its page and keeps nothing of it', async () => {
    await aTable('Racks', ['R-1,rack-1,SX9001,4', 'R-2,rack-2,SX9002,4', 'R-3,rack-3,SX9003,4'])
    await page.goto('/discovery')
    await page.getByRole('button', { name: 'Discover…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Product').selectOption({ label: 'Racks' })
    await dialog.getByLabel('Dry run').check()
    await dialog.getByRole('button', { name: 'Discover', exact: true }).click()
    await page.waitForURL(/\/discovery\/run_/)
    for (const name of ['rack-1', 'rack-2', 'rack-3']) await page.getByText(name, { exact: true }).waitFor()
    await page.getByText('SX9002').waitFor()
    expect(await seen()).toBe(0)
  })

  test('merge candidates stand on the page of the run that found them, and are merged there', async () => {
    const products = (
      await people.admin.query<{ managementProducts: { nodes: { id: string; name: string }[] } }>(
        '{ managementProducts(first: 9) { nodes { id name } } }',
      )
    ).managementProducts.nodes
    await discover(products.find(({ name }) => name === 'Racks')!.id)
    // The same name without the serial number: only a person can say whether it is the same machine.
    const runId = await discover(await aTable('Cellar', ['C-9,rack-1,,8']))
    expect(await seen()).toBe(4)
    await page.goto(`/discovery/${runId}`)
    await page.getByText('Only a weak mark says that the two may be one.').waitFor()
    await page.getByRole('button', { name: 'Merge with this' }).click()
    await page.getByText('and all are answered').waitFor()
    await expect.poll(seen, { timeout: 20_000 }).toBe(3)
  })

  test('many results are decided together, and nothing is left open', async () => {
    await does('itemsPromote', 'ItemsPromoteInput', { everything: true })
    await write('Racks', ['R-2,rack-2,SX9002,16', 'R-3,rack-3,SX9003,32'])
    const products = (
      await people.admin.query<{ managementProducts: { nodes: { id: string; name: string }[] } }>(
        '{ managementProducts(first: 9) { nodes { id name } } }',
      )
    ).managementProducts.nodes
    await discover(products.find(({ name }) => name === 'Racks')!.id)
    await page.goto('/reconciliation/tasks')
    await page.getByRole('button', { name: 'Dry run' }).first().click()
    const would = page.getByRole('list', { name: /^What RCR-\d+ would do$/ })
    await would.getByRole('cell', { name: '16' }).waitFor()
    await would.getByRole('link', { name: 'rack-2' }).first().waitFor()
    await does('reconciliationStart', 'ReconciliationStartInput', {})
    await page.goto('/reconciliation')
    for (const name of ['rack-2', 'rack-3']) await page.getByLabel(`Choose the result about ${name}`).check()
    await page.getByText('2 results chosen').waitFor()
    await page.getByRole('button', { name: 'Take what is there…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('They got more processors.')
    await dialog.getByRole('button', { name: 'Decide' }).click()
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => page.getByLabel(/Choose the result about rack-[23]/).count(), { timeout: 20_000 }).toBe(0)
    const text =
      '{ configurationItems(first: 9, filter: { search: "rack-" }) { nodes { name attributes { name authorizedValue } } } }'
    type Found = {
      configurationItems: { nodes: { name: string; attributes: { name: string; authorizedValue: unknown }[] }[] }
    }
    const { nodes } = (await people.admin.query<Found>(text)).configurationItems
    const cpus = ({ attributes }: (typeof nodes)[number]) =>
      attributes.find(({ name }) => name === 'cpus')?.authorizedValue
    expect(
      nodes
        .filter(({ name }) => name !== 'rack-1')
        .map(cpus)
        .toSorted(),
    ).toEqual([16, 32])

    await page.goto('/reconciliation/changes')
    await page.getByRole('row', { name: /rack-3.*Processors/ }).waitFor()
  })

  test('changes nobody planned are explained together, and that is taken back', async () => {
    const box = page.getByLabel(/Choose the change of Processors of rack-[23]/)
    for (const name of ['rack-2', 'rack-3']) await page.getByLabel(`Choose the change of Processors of ${name}`).check()
    await page.getByText('2 changes chosen').waitFor()
    await page.getByRole('button', { name: 'Explain…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('New boards.')
    await dialog.getByRole('button', { name: 'That is what it was' }).click()
    await page.getByText('2 changes are explained.').waitFor()
    await expect.poll(() => box.count(), { timeout: 20_000 }).toBe(0)
    await page.getByRole('button', { name: 'Explained', exact: true }).click()
    await page.getByText('“New boards.”').first().waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await expect.poll(() => box.count(), { timeout: 20_000 }).toBe(2)
  })

  test('what is not seen any more is decommissioned from its result; what matches is listed with both values', async () => {
    await write('Racks', ['R-2,rack-2,SX9002,16'])
    const products = (
      await people.admin.query<{ managementProducts: { nodes: { id: string; name: string }[] } }>(
        '{ managementProducts(first: 9) { nodes { id name } } }',
      )
    ).managementProducts.nodes
    await discover(products.find(({ name }) => name === 'Racks')!.id)
    await does('reconciliationStart', 'ReconciliationStartInput', {})
    await page.goto('/reconciliation?kind=MISSING')
    const missing = page.getByRole('listitem').filter({ hasText: 'rack-3' })
    await missing.getByRole('button', { name: 'Decommission…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('A decommissioned item cannot be changed again.').waitFor()
    await dialog.getByLabel('Reason').fill('Sold.')
    await dialog.getByRole('button', { name: 'Decommission it' }).click()
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => missing.count(), { timeout: 20_000 }).toBe(0)
    const text = '{ configurationItems(first: 1, filter: { search: "rack-3" }) { nodes { state } } }'
    type Found = { configurationItems: { nodes: { state: string }[] } }
    expect((await people.admin.query<Found>(text)).configurationItems.nodes).toEqual([{ state: 'DECOMMISSIONED' }])
    await page.getByRole('button', { name: 'Resolved', exact: true }).click()
    await page.getByText('“Sold.”').waitFor()

    await page.getByRole('button', { name: /^Match/ }).click()
    await page.getByRole('button', { name: 'Both values of rack-2' }).click()
    await dialog.getByRole('row', { name: /16.*16/ }).waitFor()
    await page.keyboard.press('Escape')
  })

  test('what three sources tell of one machine becomes one with one answer', async () => {
    const before = await seen()
    for (const name of ['Shed', 'Barn']) await discover(await aTable(name, [`${name}-9,rack-9,,8`]))
    const runId = await discover(await aTable('Loft', ['Loft-9,rack-9,,8']))
    expect(await seen()).toBe(before + 3)
    await page.goto(`/discovery/${runId}`)
    await page.getByText('says that they may be one').waitFor()
    await page.getByRole('button', { name: 'All 3 are one' }).click()
    await expect.poll(seen, { timeout: 20_000 }).toBe(before + 1)
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(seen, { timeout: 20_000 }).toBe(before + 3)
  })
})
