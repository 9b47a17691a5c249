/** Only what another person approved permits changes of protected items. */
import { beforeAll, expect, test } from 'vitest'
import { Account } from '../../server/account/account.entity.ts'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import type { Viewer } from '../../server/kernel/context.ts'
import { Migration20261128_123_release_approvals } from '../../server/migrations/Migration20261128_123_release_approvals.ts'
import { aViewer } from '../support/estate.ts'
import { handsOn } from '../support/protected-hosts.ts'
import { anApprover, aProtectedEstate, type Listed, type Said } from '../support/protection.ts'

const estate = aProtectedEstate()
const { does, update, errorsOf, uuidOf } = handsOn(estate)
const bea: Viewer = { ...aViewer(), accountId: '00000000-0000-7000-8000-00000000000c', name: 'Bea' }

beforeAll(async () => {
  await estate.protect('ComputerSystem', ['PRODUCTION'])
  const account = Object.assign(new Account(), { uuid: bea.accountId, name: 'Bea', login: 'bea', state: 'ACTIVE' })
  await estate.orm.em.fork().persist(account).flush()
})

const sql = <T = object>(text: string, values: unknown[] = []) =>
  estate.orm.em.getConnection().execute<T[]>(text, values)
const move = async (name: 'releasePlan' | 'releaseStart', { id }: Listed) =>
  expect(await errorsOf(does(name, 'MoveInput', { id }))).toEqual([])
/** In progress, and approved by nobody. */
async function aStarted(host: ConfigurationItem) {
  const release = await estate.release([host])
  await move('releasePlan', release)
  await move('releaseStart', release)
  return release
}
const reject = async ({ id }: Listed, comment: string) => {
  const { release } = await estate.query<{ release: { revision: number } }>(
    `query($id: ID!) { release(id: $id) { revision } }`,
    { id },
  )
  const answer = await estate.query<{ releaseReject: { userErrors: Said[] } }>(
    `mutation($input: ReleaseRejectInput!) { releaseReject(input: $input) { userErrors { code message itemId rule evidence } } }`,
    { input: { id, revision: release.revision, comment } },
    anApprover,
  )
  return answer.releaseReject.userErrors
}
const shown = async ({ id }: Listed, viewer = aViewer()) => {
  const text = `query($id: ID!) { release(id: $id) { revision protectedItems allowedActions
    approvals { decision revision valid comment by { name } } } }`
  type Shown = {
    revision: number
    protectedItems: number
    allowedActions: string[]
    approvals: { decision: string; revision: number; valid: boolean; comment: string | null; by: object | null }[]
  }
  return (await estate.query<{ release: Shown }>(text, { id }, viewer)).release
}

test('a release that nobody approved permits nothing, though it is in progress, and the refusal says what it lacks', async () => {
  const host = await estate.host()
  const release = await aStarted(host)
  const [refused] = await errorsOf(update(host))
  expect(refused).toMatchObject({ code: 'ITEM_PROTECTED', itemId: host.id, rule: 'protected state' })
  expect(refused!.message).toContain(
    `Listed by ${release.number} (IN_PROGRESS), in progress, but not approved by another person.`,
  )
  expect(refused!.evidence).toMatchObject({ releases: [{ ...release, state: 'IN_PROGRESS', approved: false }] })
  expect(await shown(release)).toMatchObject({ protectedItems: 1, approvals: [] })
  expect(await estate.approve(release)).toEqual([])
  expect(await errorsOf(update(host))).toEqual([])
  expect(await shown(release)).toMatchObject({
    approvals: [{ decision: 'APPROVED', valid: true, by: { name: 'Amir' } }],
  })
})

test('an approved release permits nothing before it is in progress, and the refusal says so', async () => {
  const host = await estate.host()
  const release = await estate.release([host])
  await move('releasePlan', release)
  expect(await estate.approve(release)).toEqual([])
  const [refused] = await errorsOf(update(host))
  expect(refused!.message).toContain(
    `Listed by ${release.number} (PLANNED), approved, but not in progress yet: start it.`,
  )
  await move('releaseStart', release)
  expect(await errorsOf(update(host))).toEqual([])
})

test('who made or edited a release cannot decide about it, and the database says so too', async () => {
  const release = await aStarted(await estate.host())
  expect(await estate.approve(release, aViewer())).toMatchObject([
    { code: 'RELEASE_AUTHOR', itemId: release.id, rule: 'approved by another person' },
  ])
  expect((await shown(release)).allowedActions).not.toContain('approve')
  expect((await shown(release, anApprover)).allowedActions).toEqual(expect.arrayContaining(['approve', 'reject']))
  await expect(
    sql(
      `insert into release_approval (uuid, release_id, by_id, decision, revision) values (gen_random_uuid(), ?, ?, 'APPROVED', 1)`,
      [await uuidOf(release.number), aViewer().accountId],
    ),
  ).rejects.toThrow('the approver made or edited the release')
})

test('one’s own approval does not permit one’s own changes', async () => {
  const host = await estate.host()
  const release = await aStarted(host)
  expect(await estate.approve(release, bea)).toEqual([])
  const change = async (viewer: Viewer) => {
    const text = `mutation($input: ItemUpdateInput!) { itemUpdate(input: $input) { userErrors { code message } } }`
    const input = { id: host.id, attributes: { port: 85 } }
    return (await estate.query<{ itemUpdate: { userErrors: Said[] } }>(text, { input }, viewer)).itemUpdate.userErrors
  }
  expect(await change(bea)).toMatchObject([{ code: 'ITEM_PROTECTED' }])
  expect(await change(aViewer())).toEqual([])
  expect(await estate.approve(release)).toEqual([])
  expect(await change(bea)).toEqual([])
})

test('an edit takes another approval, and what was looked at before the edit cannot be approved after it', async () => {
  const host = await estate.host()
  const release = await estate.release([host])
  await move('releasePlan', release)
  expect(await estate.approve(release)).toEqual([])
  const { revision } = await shown(release)
  expect(
    await errorsOf(does('releaseUpdate', 'ReleaseUpdateInput', { id: release.id, backOutPlan: 'Put it back.' })),
  ).toEqual([])
  await move('releaseStart', release)
  expect(await shown(release)).toMatchObject({ revision: revision + 1, approvals: [{ revision, valid: false }] })
  expect(await errorsOf(update(host))).toMatchObject([{ code: 'ITEM_PROTECTED' }])
  const answer = await estate.query<{ releaseApprove: { userErrors: Said[] } }>(
    `mutation($input: ReleaseApproveInput!) { releaseApprove(input: $input) { userErrors { code evidence } } }`,
    { input: { id: release.id, revision } },
    anApprover,
  )
  expect(answer.releaseApprove.userErrors).toEqual([
    { code: 'REVISION_CHANGED', evidence: { signed: revision, now: revision + 1 } },
  ])
  expect(await estate.approve(release)).toEqual([])
  expect(await errorsOf(update(host))).toEqual([])
})

test('a rejection takes approvals back until somebody approves again, and needs words', async () => {
  const host = await estate.host()
  const release = await aStarted(host)
  expect(await estate.approve(release)).toEqual([])
  expect(await reject(release, ' ')).toMatchObject([{ code: 'BAD_INPUT' }])
  expect(await reject(release, 'Not on a Friday.')).toEqual([])
  expect(await errorsOf(update(host))).toMatchObject([{ code: 'ITEM_PROTECTED' }])
  expect((await shown(release)).approvals).toMatchObject([
    { decision: 'APPROVED', valid: false },
    { decision: 'REJECTED', valid: false, comment: 'Not on a Friday.' },
  ])
  expect(await estate.approve(release)).toEqual([])
  expect(await errorsOf(update(host))).toEqual([])
  const text = `query($id: ID!) { release(id: $id) { history(first: 9) { nodes { action by } } } }`
  const { history } = (await estate.query<{ release: { history: { nodes: object[] } } }>(text, { id: release.id }))
    .release
  expect(history.nodes).toEqual(
    expect.arrayContaining([
      { action: 'approve', by: 'Amir' },
      { action: 'reject', by: 'Amir' },
    ]),
  )
})

test('a release is decided about while it is planned or in progress, not before or after', async () => {
  const release = await estate.release([await estate.host()])
  expect(await estate.approve(release)).toMatchObject([{ code: 'ILLEGAL_TRANSITION', evidence: { state: 'DRAFT' } }])
  await estate.start(release)
  await estate.complete(release)
  expect(await estate.approve(release)).toMatchObject([
    { code: 'ILLEGAL_TRANSITION', evidence: { state: 'COMPLETED' } },
  ])
})

test('what was in progress before releases needed an approval goes on, and what was only planned needs one', async () => {
  const [running, planned] = [await estate.host(), await estate.host()]
  const [goesOn, waits] = [await aStarted(running), await estate.release([planned])]
  await move('releasePlan', waits)
  await sql('drop table release_approval')
  await sql('drop function release_approver_is_not_author')
  await sql('alter table release drop column revision')
  // As the migration does it to an installation that has releases.
  const migration = new Migration20261128_123_release_approvals(estate.orm.em.getDriver(), estate.orm.config)
  migration.up()
  await estate.orm.em.transactional(async (em) => {
    for (const query of migration.getQueries())
      await em.getConnection().execute(query as string, [], 'run', em.getTransactionContext())
  })
  expect(await errorsOf(update(running))).toEqual([])
  expect((await shown(goesOn)).approvals).toMatchObject([{ decision: 'APPROVED', valid: true, by: null }])
  await move('releaseStart', waits)
  expect(await errorsOf(update(planned))).toMatchObject([{ code: 'ITEM_PROTECTED' }])
})
