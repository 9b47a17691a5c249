/** The rules of identity in the dashboard: all that the API can say of a class, and the first rule of one that has none. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { aPerson, describeInChromium } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'
import { expectRightAtEachWidth } from '../support/wide-and-narrow.ts'

describeInChromium('the rules of identity', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
  })
  afterAll(() => clear({ waybill, browser, people }))

  const ruleOf = async (className: string) => {
    const { identityRules } = await people.admin.query<{ identityRules: { className: string }[] }>(
      `{ identityRules { className version identifiers { name by strength decisive exclude minOverlap lookup { className attribute } }
        host { types classNames } values { attribute sources staleAfter union neverFromDiscovery } insertFrom } }`,
    )
    return identityRules.find((one) => one.className === className)
  }

  test('can say when values grow stale, and a class without a rule gets its first, with each slip told at its field', async () => {
    const person = await aPerson(browser, waybill.url)
    const { page } = person
    await signIn(mouse(page), 'admin')
    await page.goto('/discovery/rules')

    await page.getByRole('button', { name: 'Change the rule of Every class' }).click()
    const every = page.getByRole('form', { name: 'Rule of Every class' })
    const stale = every.getByRole('group', { name: 'Values of every attribute' }).getByLabel('Stale after')
    await stale.fill('soon')
    await every.getByRole('button', { name: 'Save and work out anew' }).click()
    await every.getByText('A time such as 90 s, 15 min, 2 h or 7 d').waitFor()
    expect(await stale.getAttribute('aria-invalid')).toBe('true')
    await stale.fill('2 h')
    await every.getByLabel('Sources, the most trusted first').fill('ssh, netbux')
    await every.getByRole('button', { name: 'Save and work out anew' }).click()
    await every.getByRole('alert').getByText('There is no product and no kind of products called "netbux"').waitFor()
    expect(await every.getByLabel('Sources, the most trusted first').getAttribute('aria-invalid')).toBe('true')
    await every.getByLabel('Sources, the most trusted first').fill('ssh, netbox, table')
    await every.getByRole('button', { name: 'Save and work out anew' }).click()
    await page.getByText('stale after 2 h').waitFor()
    expect(await ruleOf('*')).toMatchObject({
      values: [{ attribute: '*', sources: ['ssh', 'netbox', 'table'], staleAfter: 7200 }],
    })

    expect(await ruleOf('Pod')).toBeUndefined()
    await page.getByRole('combobox', { name: 'Make a rule for the class' }).fill('Pod')
    await page.getByRole('option', { name: /^Pod\b/ }).click()
    const pod = page.getByRole('form', { name: 'Rule of Pod' })
    await pod.getByRole('button', { name: 'Add an identifier' }).click()
    const first = pod.getByRole('group', { name: /^Identifier/ })
    await first.getByLabel('Name').fill('Pod Uid')
    await first.getByLabel('By the attributes').fill('uid')
    await first.getByLabel('Strength').selectOption({ label: 'Recognises' })
    await first.getByLabel('Decisive').check()
    await first.getByText('Values elsewhere, in common, or left out').click()
    await first.getByLabel('Values in common').fill('0')
    await first.getByLabel('Values that count for nothing').fill('0000*\nnone')
    await pod.getByLabel('Only within another thing').check()
    await pod.getByRole('button', { name: 'Add a rule for an attribute' }).click()
    const labels = pod.getByRole('group', { name: /^Values of/ })
    await labels.getByLabel('Attribute', { exact: true }).fill('labels')
    await labels.getByLabel('Shown').selectOption({ label: 'All values together' })
    await pod.getByLabel('Inserted by').selectOption({ label: 'Only these sources' })
    await pod.getByLabel('Sources that may insert').fill('kubernets')
    await pod.getByRole('button', { name: 'Save and work out anew' }).click()
    // All slips at once, each at its field.
    const sources = pod.getByLabel('Sources that may insert')
    for (const field of [first.getByLabel('Name'), first.getByLabel('Values in common'), sources])
      await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true')
    await pod.getByText('needs a class for the other').first().waitFor()

    await expectRightAtEachWidth(page)

    await first.getByLabel('Name').fill('pod-uid')
    await first.getByLabel('Values in common').fill('1')
    await sources.fill('kubernetes')
    await pod.getByRole('combobox', { name: 'Within things of the classes' }).fill('Kubernetes cluster')
    await page.getByRole('option', { name: 'Kubernetes cluster KubernetesCluster' }).click()
    await page.keyboard.press('Escape')
    await pod.getByRole('button', { name: 'Save and work out anew' }).click()
    await page.getByRole('button', { name: 'Change the rule of Pod' }).waitFor()
    expect(await ruleOf('Pod')).toEqual({
      className: 'Pod',
      version: 1,
      identifiers: [
        {
          name: 'pod-uid',
          by: ['uid'],
          strength: 'STRONG',
          decisive: true,
          exclude: ['0000*', 'none'],
          minOverlap: 1,
          lookup: null,
        },
      ],
      host: { types: [], classNames: ['KubernetesCluster'] },
      values: [{ attribute: 'labels', sources: null, staleAfter: null, union: true, neverFromDiscovery: null }],
      insertFrom: ['kubernetes'],
    })
    await page.getByText('only; every other source adds to what is known').waitFor()
    person.expectClean()
  })
})
