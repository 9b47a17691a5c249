/** A product without a module: the page says what people do, and keeps who did it. */
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient } from '../../server/demo/client.ts'
import type { People } from '../../server/demo/people.ts'
import { buildSampleRepository } from '../../server/sample/repository.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn } from '../support/cast.ts'
import { mouse } from '../support/hand.ts'
import { until } from '../support/until.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

const ANSWER = 'userErrors { code message } position'

describeInChromium('a deployment by hand', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let person: Person
  let deployment: string
  const does = <T>(who: ApiClient, name: string, type: string, input: object, selection = '') =>
    who.mutate<T>(`mutation($input: ${type}!) { ${name}(input: $input) { ${selection} ${ANSWER} } }`, input)

  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    deployment = await startedByHand()
    person = await aPerson(browser, waybill.url)
    await signIn(mouse(person.page), 'deployer')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  /** Racks of a product that no module knows, and a deployment to them that waits for hands. */
  async function startedByHand(): Promise<string> {
    const { owner, approver, deployer } = people
    const make = async (name: string, type: string, noun: string, input: object) =>
      (await does<Record<string, { id: string }>>(owner, name, type, input, `${noun} { id }`))[noun]!.id
    const folder = join(waybill.folder, 'repository')
    await buildSampleRepository(folder)
    const config = { folder }
    const productId = await make('productRegister', 'ProductRegisterInput', 'product', { name: 'Old', kind: 'tpm' })
    const plain = { name: 'Plain', kind: 'directory', config }
    const repositoryId = await make('repositoryDefine', 'RepositoryDefineInput', 'repository', plain)
    await does(owner, 'repositoryScan', 'IdInput', { id: repositoryId })
    interface Versions {
      packageVersions: { nodes: { id: string; number: string }[] }
    }
    const versions = async () =>
      (
        await owner.query<{ packages: { nodes: { versions: Versions['packageVersions'] }[] } }>(
          '{ packages(first: 1) { nodes { versions(first: 9) { nodes { id number } } } } }',
        )
      ).packages.nodes[0]?.versions.nodes ?? []
    const source = (await until(versions, (found) => found.length === 3)).find(({ number }) => number === '1.1.0')!
    const targetIds: string[] = []
    for (const name of ['rack-1', 'rack-2', 'rack-3', 'rack-4', 'rack-5']) {
      const id = await make('itemCreate', 'ItemCreateInput', 'item', { name, className: 'ComputerSystem', productId })
      await does(owner, 'itemMove', 'ItemMoveInput', { id, action: 'goLive' })
      targetIds.push(id)
    }
    const planned = { title: 'By hand', sourceIds: [source.id], targetIds }
    const releaseId = await make('releaseCreate', 'ReleaseCreateInput', 'release', planned)
    await does(owner, 'releasePlan', 'MoveInput', { id: releaseId })
    await does(owner, 'releaseStart', 'MoveInput', { id: releaseId })
    const step = { releaseId, title: 'Install', type: 'SOFTWARE_DISTRIBUTION' }
    const taskId = await make('taskCreate', 'TaskCreateInput', 'task', step)
    const id = await make('deploymentCreate', 'DeploymentCreateInput', 'deployment', { taskId, title: 'Racks' })
    await does(owner, 'deploymentValidate', 'MoveInput', { id })
    interface Seen {
      deployment: { state: string; validation: { digest: string } }
    }
    const read = () =>
      owner.query<Seen>('query($id: ID!) { deployment(id: $id) { state validation { digest } } }', { id })
    const { digest } = (await until(read, (seen) => seen.deployment.state === 'AWAITING_APPROVAL')).deployment
      .validation
    await does(approver, 'deploymentApprove', 'DeploymentApproveInput', { id, digest })
    await does(deployer, 'deploymentStart', 'MoveInput', { id })
    return id
  }

  test('a target shows what is to be done, and afterwards who did it or why it did not work', async () => {
    const { page } = person
    await page.goto(`/deployments/${deployment}?view=table`)
    const open = async (name: string) => {
      await page.getByRole('row').filter({ hasText: name }).click()
      await page.getByRole('heading', { name: 'To be done by hand' }).waitFor()
      await page.getByRole('link', { name, exact: true }).first().waitFor()
    }
    await open('rack-1')
    expect(await page.getByText('Nothing was tried here yet.').count()).toBe(0)
    expect(await page.getByRole('listitem').filter({ hasText: '1.1.0' }).count()).toBeGreaterThan(0)
    expect(await axeFindings(page)).toEqual([])

    await page.getByRole('button', { name: 'Done by hand…' }).click()
    const confirming = page.getByRole('dialog', { name: 'Confirm rack-1' })
    await confirming.getByRole('textbox').fill('I put it in and saw 1.1.0.')
    await confirming.getByRole('button', { name: 'Done by hand' }).click()
    await page.getByText('I put it in and saw 1.1.0.').first().waitFor()
    await page.getByText('deployer,').first().waitFor()

    await open('rack-2')
    await page.getByRole('button', { name: 'Did not work…' }).click()
    const failing = page.getByRole('dialog', { name: 'Report rack-2 as failed' })
    await failing.getByRole('textbox').fill('The power supply is broken.')
    await failing.getByRole('button', { name: 'Did not work' }).click()
    await page.getByText('The power supply is broken.').first().waitFor()
    person.expectClean()
  }, 120_000)

  test('many are signed for by one call, and one that was signed meanwhile refuses all by its name', async () => {
    const { page } = person
    await page.goto(`/deployments/${deployment}`)
    const bar = page.getByRole('region', { name: 'Chosen targets' })
    await page.getByRole('button', { name: 'Choose…' }).click()
    await page.getByRole('menuitem', { name: 'All pending 3' }).click()
    expect(await axeFindings(page)).toEqual([])
    await bar.getByRole('button', { name: 'Done by hand at 3…' }).click()
    const confirming = page.getByRole('dialog', { name: 'Confirm 3 targets' })
    await confirming.getByRole('textbox').fill('I put it in at all three and saw 1.1.0.')
    const { nodes } = (
      await people.owner.query<{ deployment: { targets: { nodes: { id: string; item: { name: string } }[] } } }>(
        'query($id: ID!) { deployment(id: $id) { targets(first: 9) { nodes { id item { name } } } } }',
        { id: deployment },
      )
    ).deployment.targets
    const taken = nodes.find(({ item }) => item.name === 'rack-5')!.id
    await does(people.deployer, 'manualTargetFail', 'ManualTargetFailInput', { id: taken, cause: 'No power.' })
    await confirming.getByRole('button', { name: 'Confirm 3' }).click()
    await confirming.getByText('rack-5 is FAILED').waitFor()
    await confirming.getByRole('button', { name: 'Back' }).click()

    await bar.getByRole('button', { name: 'Done by hand at 2 of 3…' }).click()
    const again = page.getByRole('dialog', { name: 'Confirm 2 targets' })
    await again.getByRole('textbox').fill('I put it in at both and saw 1.1.0.')
    await again.getByRole('button', { name: 'Confirm 2' }).click()
    await expect.poll(() => bar.count()).toBe(0)
    const tile = page.getByRole('button', { name: /rack-3/ })
    await expect
      .poll(() => tile.getAttribute('aria-label').then((label) => label ?? tile.innerText()))
      .toMatch(/confirmed/)
    await tile.click()
    await page.getByText('I put it in at both and saw 1.1.0.').first().waitFor()
    person.expectClean()
  }, 120_000)
})
