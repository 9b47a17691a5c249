import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { describeInChromium, type Person } from '../support/browser.ts'
import { approve, gridOf, start } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { clear } from '../support/stage.ts'
import { aWalkedStage } from '../support/walked-stage.ts'
import type { Waybill } from '../support/waybill.ts'

const ANSWER = 'userErrors { code message } position'

describeInChromium('what is not as it is planned', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let owner: Person
  beforeAll(async () => {
    ;({ waybill, browser, people, person: owner } = await aWalkedStage())
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  test('is brought back from the page of reconciliation, deployed like anything else, and resolved when it was seen', async () => {
    const { configurationItems } = await people.owner.query<{ configurationItems: { nodes: { id: string }[] } }>(
      '{ configurationItems(first: 1, filter: { search: "storefront on austin-web-1" }) { nodes { id } } }',
    )
    await people.owner.mutate(`mutation($input: ItemUpdateInput!) { itemUpdate(input: $input) { ${ANSWER} } }`, {
      id: configurationItems.nodes[0]!.id,
      attributes: { version: '1.0.0', digest: null },
    })
    await people.owner.mutate(
      `mutation($input: ReconciliationStartInput!) { reconciliationStart(input: $input) { ${ANSWER} } }`,
      {},
    )
    const { page } = owner
    await page.goto('/reconciliation')
    await mouse(page).press('Bring storefront 1.0.0 back')
    await page.waitForURL('**/deployments/*')
    const id = new URL(page.url()).pathname.split('/').at(-1)!
    await page.getByRole('heading', { name: /Bring back storefront 1\.0\.0/, level: 1 }).waitFor()
    await page.goto('/reconciliation')
    await page.getByText(/To be brought back by DPL-\d+; it is resolved when that was seen/).waitFor()
    await page
      .getByRole('link', { name: /DPL-\d+/ })
      .first()
      .click()

    await mouse(page).press('Validate')
    await page.getByText('awaiting approval').first().waitFor({ timeout: 60_000 })
    const { deployment } = await people.approver.query<{ deployment: { validation: { digest: string } } }>(
      'query($id: ID!) { deployment(id: $id) { validation { digest } } }',
      { id },
    )
    await approve(people.approver, id, deployment.validation.digest)
    await start(people.deployer, id)
    await expect
      .poll(async () => (await gridOf(people.deployer, id)).confirmation, { timeout: 60_000 })
      .toEqual(['CONFIRMED'])
    await page.goto('/reconciliation?show=resolved')
    await page.getByText(/DPL-\d+ brought storefront 1\.0\.0 back, and it was seen to be there\./).waitFor()
    owner.expectClean()
  }, 180_000)
})
