/** The changes that nobody planned, on their page: things that came and went, relationships that began and ended, and what people say of them. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import { until } from '../support/until.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

const ANSWER = 'userErrors { code message } position'
const MAPPING = {
  ...{ class: 'ComputerSystem', name: 'Host', key: 'Host', attributes: { cpus: 'CPUs' } },
  relationships: [{ type: 'runsOn', column: 'Runs on', class: 'ComputerSystem' }],
}

describeInChromium('changes nobody planned', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let page: Page
  let productId: string

  const does = <T>(name: string, type: string, input: object, selection = '') =>
    people.admin.mutate<T>(`mutation($input: ${type}!) { ${name}(input: $input) { ${selection} ${ANSWER} } }`, input)
  /** Writes what the machines are now, and lets discovery look. */
  async function sees(...lines: string[]) {
    await writeFile(join(waybill.folder, 'machines.csv'), ['Host,CPUs,Runs on', ...lines, ''].join('\n'))
    const { run } = await does<{ run: { id: string } }>(
      'discoveryStart',
      'DiscoveryStartInput',
      { productId },
      'run { id }',
    )
    const state = async () =>
      (
        await people.admin.query<{ discoveryRun: { state: string } }>(
          'query($id: ID!) { discoveryRun(id: $id) { state } }',
          { id: run.id },
        )
      ).discoveryRun.state
    expect(await until(state, (now) => !['QUEUED', 'RUNNING'].includes(now), 60_000)).toBe('SUCCEEDED')
  }

  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    const config = { path: join(waybill.folder, 'machines.csv'), mapping: MAPPING }
    await writeFile(config.path, 'Host,CPUs,Runs on\n')
    const { product } = await does<{ product: { id: string } }>(
      'productRegister',
      'ProductRegisterInput',
      { name: 'Machines', kind: 'table', config },
      'product { id }',
    )
    productId = product.id
    person = await aPerson(browser, waybill.url)
    ;({ page } = person)
    await signIn(mouse(page), 'admin')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  test('the first look is no change, and each kind says what would stand there', async () => {
    await sees('shop,4,box-1', 'box-1,8,', 'box-2,8,', 'old,2,')
    for (const [what, words] of [
      ['Values', 'When discovery sees a value change'],
      ['Things', 'When a thing appears or goes missing'],
      ['Relationships', 'When a relationship between things that stay begins or ends'],
    ] as const) {
      await page.goto('/reconciliation/changes?show=all')
      await page.getByRole('button', { name: what, exact: true }).click()
      await page.getByText(words).waitFor()
      await expectRightAtEachWidth(page)
    }
  }, 120_000)

  test('things that came and went stand there with their words, and are decided together', async () => {
    await sees('shop,4,box-2', 'box-1,8,', 'box-2,8,', 'new,16,box-1')
    await page.goto('/reconciliation/changes')
    await page.getByRole('button', { name: 'Things', exact: true }).click()
    await page.getByRole('row', { name: /new.*appeared/ }).waitFor()
    await page.getByRole('row', { name: /old.*went missing/ }).waitFor()
    expect(await page.getByRole('row').count(), 'its head and no more').toBe(3)
    expect(await page.getByRole('columnheader', { name: 'What' }).count()).toBe(0)
    await expectRightAtEachWidth(page)
    for (const name of ['new', 'old']) await page.getByLabel(`Choose the change of Presence of ${name}`).check()
    await page.getByText('2 changes chosen').waitFor()
    await expectRightAtEachWidth(page)
    await mouse(page).press('Mark as known')
    await page.getByText('2 changes are known.').waitFor()
    await page.getByText('No change is like this.').waitFor()
    await page.getByRole('button', { name: 'Known', exact: true }).click()
    await page.getByRole('row', { name: /old.*went missing.*by Ada Admin/ }).waitFor()
    await expectRightAtEachWidth(page)
  }, 120_000)

  test('relationships that began and ended name the other end, which opens, and are explained by a person', async () => {
    await page.goto('/reconciliation/changes?what=relationships')
    await page.getByRole('row', { name: /shop.*runs on.*box-1.*ended/i }).waitFor()
    await page.getByRole('row', { name: /shop.*runs on.*box-2.*began/i }).waitFor()
    expect(await page.getByRole('row').count(), 'what came with a new thing is told with it').toBe(3)
    await expectRightAtEachWidth(page)
    await page.getByLabel('Choose the change of runs on box-2 of shop').check()
    await mouse(page).press('Explain…')
    await mouse(page).fill('Reason', 'Box 1 is to be repaired.')
    await mouse(page).press('That is what it was')
    await expect.poll(() => page.getByRole('row', { name: /began/ }).count()).toBe(0)
    await page.getByRole('button', { name: 'Explained', exact: true }).click()
    await page.getByText('“Box 1 is to be repaired.”').waitFor()
    await expectRightAtEachWidth(page)
    await page.getByRole('link', { name: 'box-2', exact: true }).click()
    await page.waitForURL(/tab=actual&actual=/)
    person.expectClean()
  }, 120_000)
})
