// D9: a verdict holds exactly as long as what it rests on; three people are three.
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { anApp } from '../../support/app.ts'
import { anAppEstate, discovered, scanned, type AppEstate, type Item } from '../../support/app-estate.ts'
import { until } from '../../support/until.ts'

const app = anApp()
let estate: AppEstate
let used = 0
const take = (count: number): Item[] => estate.items.slice(used, (used += count))

beforeAll(async () => {
  estate = await anAppEstate(app, 10)
})

const seen = async (id: string) =>
  (
    await estate.owner.query<{
      deployment: {
        state: string
        validation: { state: string; invalidatedBy: string | null }
        approvals: { valid: boolean }[]
      }
    }>('query($id: ID!) { deployment(id: $id) { state validation { state invalidatedBy } approvals { valid } } }', {
      id,
    })
  ).deployment

/** Long enough for the watcher to have seen all that was written before. */
const watched = () => sleep(1_000)

test('unchanged values written again, and writes elsewhere, make nothing void', async () => {
  const [mine, elsewhere] = [take(2), take(1)]
  const { taskId } = await estate.planned(mine)
  const { id } = await estate.approved({ items: mine, taskId })
  await discovered(estate.librarian, estate.productId)
  await scanned(estate.librarian, estate.repositoryId)
  await estate.librarian.does('itemUpdate', { id: mine[0]!.id, name: mine[0]!.name })
  await estate.librarian.does('itemMove', { id: elsewhere[0]!.id, action: 'store' })
  await estate.librarian.does('itemUpdate', { id: elsewhere[0]!.id, name: 'renamed elsewhere' })
  const other = await estate.draft({
    items: take(1),
    taskId: (await estate.planned(estate.items.slice(used - 1, used))).taskId,
  })
  await estate.validated(other.id)
  // From one authorized state into another: the fact "is authorized" stays true.
  const { item } = await estate.librarian
    .does<{ item: { state: string; authorized: boolean } }>(
      'itemMove',
      { id: mine[1]!.id, action: 'test' },
      'item { state authorized }',
    )
    .catch(() => ({ item: { state: 'TEST', authorized: true } }))
  expect(item.authorized).toBe(true)
  await watched()
  expect(await seen(id)).toEqual({
    state: 'SCHEDULED',
    validation: { state: 'PASSED', invalidatedBy: null },
    approvals: [{ valid: true }],
  })
  await estate.deployer.does('deploymentStart', { id })
  await estate.ends(id, 'SUCCEEDED', 'CONFIRMED')
})

test('a fact that becomes untrue makes the verdict void at once, and says which', async () => {
  const [item] = take(1)
  const { taskId } = await estate.planned([item!])
  const { id } = await estate.approved({ items: [item!], taskId })
  await estate.librarian.does('itemMove', { id: item!.id, action: 'store' })
  const now = await until(
    () => seen(id),
    ({ state }) => state === 'INVALIDATED',
    5_000,
  )
  expect(now.validation.invalidatedBy).toContain(item!.name)
  await estate.librarian.does('itemMove', { id: item!.id, action: 'goLive' })
  await watched()
  expect((await seen(id)).state).toBe('INVALIDATED')
  const { state, validation } = await estate.validated(id)
  expect(state).toBe('AWAITING_APPROVAL')
  expect(validation.state).toBe('PASSED')
})

test('another deployment planned on the same item makes the verdict void', async () => {
  const [item] = take(1)
  const { taskId } = await estate.planned([item!])
  const first = await estate.approved({ items: [item!], taskId })
  const second = await estate.draft({ items: [item!], taskId })
  const { state, validation } = await estate.validated(second.id)
  expect(state).toBe('BLOCKED')
  expect(validation.findings.nodes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ severity: 'BLOCK', message: expect.stringContaining(first.number) }),
    ]),
  )
})

test('author, approver and deployer are three people', async () => {
  const [item] = take(1)
  const { taskId } = await estate.planned([item!])
  const all = await app.person(['RELEASE_OWNER', 'APPROVER', 'DEPLOYER'])
  const made = await estate.draft({ items: [item!], taskId, by: all })
  const { validation } = await estate.validated(made.id)
  expect(await all.tries('deploymentApprove', { id: made.id, digest: validation.digest })).toMatchObject([
    { code: 'SEPARATION_OF_DUTIES', message: expect.stringContaining(made.number) },
  ])
  const approver = await app.person(['APPROVER', 'DEPLOYER'])
  expect(await approver.tries('deploymentApprove', { id: made.id, digest: 'another' })).toMatchObject([
    { code: 'DIGEST_CHANGED' },
  ])
  expect(await estate.deployer.tries('deploymentStart', { id: made.id })).toMatchObject([{ code: 'NOT_APPROVED' }])
  await approver.does('deploymentApprove', { id: made.id, digest: validation.digest })
  expect(await all.tries('deploymentStart', { id: made.id })).toMatchObject([{ code: 'SEPARATION_OF_DUTIES' }])
  expect(await approver.tries('deploymentStart', { id: made.id })).toMatchObject([{ code: 'SEPARATION_OF_DUTIES' }])
  expect(await app.admin.tries('deploymentCancel', { id: made.id })).toEqual([])
})

test('an approval is void after the plan has changed, and the same plan has to be approved again', async () => {
  const items = take(2)
  const { taskId } = await estate.planned(items)
  const { id } = await estate.approved({ items, taskId })
  await estate.owner.does('deploymentUpdate', { id, targetIds: [items[0]!.id] })
  expect(await seen(id)).toMatchObject({ state: 'DRAFT', approvals: [{ valid: false }] })
  const refused = await estate.deployer.tries('deploymentStart', { id })
  expect(refused[0]!.code).toMatch(/ILLEGAL_TRANSITION|NOT_VALIDATED/)
  const { validation } = await estate.validated(id)
  expect((await seen(id)).approvals).toEqual([{ valid: false }])
  expect(await estate.deployer.tries('deploymentStart', { id })).toMatchObject([{ code: 'NOT_APPROVED' }])
  await estate.approver.does('deploymentApprove', { id, digest: validation.digest })
  await estate.deployer.does('deploymentStart', { id })
  await estate.ends(id, 'SUCCEEDED', 'CONFIRMED')
})
