/** What people set and see on the page of one deployment: its pace, its log from a level up, what was slow, and each other. */
import type { Browser, Page } from 'playwright-core'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { People } from '../../server/demo/people.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { uuidOf } from '../../server/kernel/node-id.ts'
import { findPostgres } from '../../server/kernel/postgres.ts'
import { axeFindings } from '../support/axe.ts'
import { aPerson, describeInChromium, type Person } from '../support/browser.ts'
import { signIn, silent } from '../support/cast.ts'
import { approvedDeployment } from '../support/fixtures.ts'
import { mouse } from '../support/hand.ts'
import { see } from '../support/road.ts'
import { aStage, clear } from '../support/stage.ts'
import type { Waybill } from '../support/waybill.ts'

describeInChromium('the page of a deployment', () => {
  let waybill: Waybill
  let browser: Browser
  let people: People
  let owner: Person
  let deployer: Person
  /** One that has ended, and one that waits for its start. */
  let [ended, waiting] = ['', '']

  beforeAll(async () => {
    ;({ waybill, browser, people } = await aStage())
    await driveTheRoad(people, silent)
    const { deployments } = await people.owner.query<{ deployments: { nodes: { id: string }[] } }>(
      '{ deployments(first: 1) { nodes { id } } }',
    )
    ended = deployments.nodes[0]!.id
    waiting = await approvedDeployment(people, '1.0.0')
    owner = await aPerson(browser, waybill.url)
    deployer = await aPerson(browser, waybill.url)
    await signIn(mouse(owner.page), 'owner')
    await signIn(mouse(deployer.page), 'deployer')
  }, 300_000)
  afterAll(() => clear({ waybill, browser, people }))

  const others = (page: Page) => page.getByRole('list', { name: 'Also looking at this' }).getByRole('button')
  /** At one instant: nothing is waited for that may be gone by then. */
  const names = (page: Page) =>
    others(page).evaluateAll((all) => all.map((each) => (each as unknown as { ariaLabel: string }).ariaLabel))

  test('two people see each other, and no longer when one of them goes elsewhere or closes the page', async () => {
    const path = `/deployments/${waiting}`
    await owner.page.goto(path)
    await see(owner.page, 'Everywhere 1.0.0')
    expect(await names(owner.page)).toEqual([])
    await deployer.page.goto(path)
    await see(deployer.page, 'Everywhere 1.0.0')
    await expect.poll(() => names(owner.page), { timeout: 15_000 }).toEqual(['deployer'])
    await expect.poll(() => names(deployer.page), { timeout: 15_000 }).toEqual(['owner'])
    expect(await axeFindings(owner.page)).toEqual([])
    await others(owner.page).first().focus()
    await see(owner.page, /deployer looks at this too, since/)

    await mouse(deployer.page).press(/^Releases/, 'link')
    await expect.poll(() => names(owner.page), { timeout: 15_000 }).toEqual([])
    await deployer.page.goto(path)
    await expect.poll(() => names(owner.page), { timeout: 15_000 }).toEqual(['deployer'])
    await deployer.page.goto('about:blank')
    await expect.poll(() => names(owner.page), { timeout: 15_000 }).toEqual([])
    const window = await deployer.context.newPage()
    await window.goto(path)
    await expect.poll(() => names(owner.page), { timeout: 15_000 }).toEqual(['deployer'])
    await window.close()
    await expect.poll(() => names(owner.page), { timeout: 15_000 }).toEqual([])
    owner.expectClean()
  })

  test('items and releases show who else looks at them, too', async () => {
    const { deployment } = await people.owner.query<{
      deployment: { release: { id: string }; targets: { nodes: { item: { id: string } }[] } }
    }>('query($id: ID!) { deployment(id: $id) { release { id } targets(first: 1) { nodes { item { id } } } } }', {
      id: waiting,
    })
    for (const path of [`/releases/${deployment.release.id}`, `/items/${deployment.targets.nodes[0]!.item.id}`]) {
      await Promise.all([owner.page.goto(path), deployer.page.goto(path)])
      await expect.poll(() => names(owner.page), { timeout: 15_000 }).toEqual(['deployer'])
      await expect.poll(() => names(deployer.page), { timeout: 15_000 }).toEqual(['owner'])
    }
  })

  test('the log is shown from a level up, which the address keeps', async () => {
    const { page } = owner
    await page.goto(`/deployments/${ended}?tab=log`)
    const log = page.getByRole('log')
    await log.getByText(/\S/).first().waitFor()
    await see(page, /^\s*\d+ lines/)
    await mouse(page).choose('Least level', 'Errors')
    await see(page, /^\s*0 of \d+ lines/)
    expect(new URL(page.url()).searchParams.get('level')).toBe('error')
    await page.reload()
    await see(page, /^\s*0 of \d+ lines/)
    await mouse(page).choose('Least level', 'All lines')
    await see(page, /^\s*\d+ lines/)
    expect(await axeFindings(page)).toEqual([])
  })

  test('a run that took longer than nearly all before it says so, once there are enough of them', async () => {
    const { page } = owner
    const { deployment } = await people.owner.query<{ deployment: { targets: { nodes: { id: string }[] } } }>(
      'query($id: ID!) { deployment(id: $id) { targets(first: 1) { nodes { id } } } }',
      { id: ended },
    )
    const target = deployment.targets.nodes[0]!.id
    await page.goto(`/deployments/${ended}?target=${target}`)
    await see(page, 'attempt 1')
    expect(await page.getByText('longer than 95 %').count()).toBe(0)

    const database = new Client({ connectionString: await findPostgres(waybill.folder) })
    await database.connect()
    await database.query(
      `insert into attempt (uuid, deployment_id, target_id, item_id, ordinal, state, started_at, finished_at, step_receipts)
       select gen_random_uuid(), deployment_id, target_id, item_id, ordinal + n, state, started_at, finished_at, step_receipts
       from attempt, generate_series(1, 3) n`,
    )
    await database.query(
      `update attempt set finished_at = started_at + interval '1 h' where target_id = $1 and ordinal = 4`,
      [uuidOf(target, 'tgt')],
    )
    await database.end()
    await page.reload()
    await see(page, /Took longer than 95 % of the last 32 runs: 1 h 00 min where .+ is usual\./)
    expect(await axeFindings(page)).toEqual([])
  })

  test('the pace is set before the start, and a number out of bounds is refused beside its field', async () => {
    const { page } = owner
    const hand = mouse(page)
    await page.goto(`/deployments/${waiting}`)
    await see(page, '16 at once, 10 min 00 s each at most')
    await hand.press('Change…')
    await hand.fill('Targets at once', '5000')
    await hand.fill('Time limit for each, seconds', '30')
    await hand.press('Save')
    await see(page, /From 1 to 1,000 targets are worked on at once; 5000 is not in between/)
    await hand.fill('Targets at once', '2')
    await hand.press('Save')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await see(page, '2 at once, 30.0 s each at most')
  })
})
