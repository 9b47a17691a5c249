// Where the policy of a product says so, what a run would change waits for a person, who applies or discards it.
import { expect, test } from 'vitest'
import { DISCOVERY_QUEUE } from '../../server/discovery/discovery.service.ts'
import { startDue } from '../../server/discovery/policy.service.ts'
import { sweepStaging } from '../../server/discovery/load/interrupted.ts'
import { stagingOf } from '../../server/discovery/load/staging.ts'
import { graphOf, machine, software, sourcesOfTests, whole, type Run, type Sources } from '../support/sources.ts'

const estate = sourcesOfTests()
type Source = Awaited<ReturnType<Sources['source']>>
interface Reviewed extends Run {
  version: number
  review: boolean
  step: string | null
  allowedActions: string[]
  reviewedBy: object | null
  reviewedAt: string | null
  changes: { nodes: { kind: string; name: string; itemId: string | null }[] }
}
interface Said {
  run: { state: string } | null
  userErrors: { message: string; code: string; rule: string | null }[]
}

const setPolicy = async (productId: string, policy: object) => {
  const text = `mutation($input: DiscoveryPolicySetInput!) { discoveryPolicySet(input: $input) { policy { changes } userErrors { message } } }`
  const answer = await estate.query<{ discoveryPolicySet: object }>(text, { input: { productId, ...policy } })
  return answer.discoveryPolicySet
}
const aReviewed = async (kind = 'csv'): Promise<Source> => {
  const product = await estate.source(kind)
  expect(await setPolicy(product.id, { changes: 'REVIEW' })).toEqual({ policy: { changes: 'REVIEW' }, userErrors: [] })
  return product
}
const runOf = async (id: string) => {
  const { discoveryRun } = await estate.query<{ discoveryRun: Reviewed }>(
    `query($id: ID!) { discoveryRun(id: $id) { id state failure version review step seen created changed missing unchanged warnings questions allowedActions
      reviewedBy { name } reviewedAt changes(first: 50) { nodes { kind name itemId } } problems(first: 50) { nodes { rule message } } } }`,
    { id },
  )
  return discoveryRun
}
const decide = async (what: 'Apply' | 'Discard', input: object) => {
  const text = `mutation($input: MoveInput!) { decided: discovery${what}(input: $input) { run { state } userErrors { message code rule } } }`
  return (await estate.query<{ decided: Said }>(text, { input })).decided
}
const uuidOf = ({ id }: { id: string }) => id.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
/** Does what the queue would do after somebody applied it. */
const applied = async (run: { id: string }) => {
  expect(await decide('Apply', { id: run.id })).toMatchObject({ run: { state: 'APPLYING' }, userErrors: [] })
  expect(estate.jobs.at(-1)).toEqual({ queue: DISCOVERY_QUEUE, data: { runId: uuidOf(run) } })
  await estate.run(uuidOf(run))
  return runOf(run.id)
}
const stagedOf = (run: { id: string }) =>
  estate.sql<{ table: string | null }>('select to_regclass(?)::text as "table"', [stagingOf(uuidOf(run)).items])

test('a run shows its change set and changes nothing until it is applied; then it changes what it showed', async () => {
  const product = await aReviewed()
  const told = [machine({ key: 'r1', name: 're-1', serialNumber: 'R-1' }), ...software('r1', 'shop', '1.0.0'), whole]
  const before = await graphOf(estate)
  const waiting = await estate.load(product, told)
  expect(waiting).toMatchObject({ state: 'AWAITING_REVIEW', seen: 2, created: 2, relationships: 1 })
  expect(await graphOf(estate)).toEqual(before)
  expect(await estate.query('{ now { discovering discoveriesToReview } }')).toEqual({
    now: { discovering: 0, discoveriesToReview: 1 },
  })
  expect(await runOf(waiting.id)).toMatchObject({
    review: true,
    step: null,
    allowedActions: ['apply', 'discard'],
    changes: {
      nodes: [
        { kind: 'CREATED', name: 're-1', itemId: null },
        { name: 'shop on r1' },
        { kind: 'RELATIONSHIP_NEW', name: 'shop on r1' },
      ],
    },
  })

  const done = await applied(waiting)
  expect(done).toMatchObject({ state: 'SUCCEEDED', created: 2, allowedActions: [], reviewedAt: expect.anything() })
  expect(done.changes.nodes).toMatchObject([{ name: 're-1', itemId: expect.stringMatching(/^act_/) }, {}, {}])
  expect(await estate.sql(`select name from actual_item where name = 're-1'`)).toHaveLength(1)
  expect(await estate.sql('select 1 from actual_relationship where product_id = ?', [product.uuid])).toHaveLength(1)
  expect(await stagedOf(waiting)).toEqual([{ table: null }])

  // Nothing new: there is nothing that a person could look at.
  expect(await estate.load(product, told)).toMatchObject({ state: 'SUCCEEDED', created: 0, unchanged: 2 })
  // The same items without their relationship are something.
  expect(await estate.load(product, [...told.filter(({ kind }) => kind !== 'relationship')])).toMatchObject({
    state: 'AWAITING_REVIEW',
    changed: 0,
  })
})

test('what is discarded changes nothing, and the next look shows it again', async () => {
  const product = await aReviewed()
  const told = [machine({ key: 'd1', name: 'dis-1' })]
  const waiting = await estate.load(product, told)
  const { version } = await runOf(waiting.id)
  expect(await decide('Discard', { id: waiting.id, expectedVersion: version - 1 })).toMatchObject({
    run: null,
    userErrors: [{ code: 'VERSION_CONFLICT' }],
  })
  expect(await decide('Discard', { id: waiting.id, expectedVersion: version, reason: 'a wrong file' })).toMatchObject({
    run: { state: 'DISCARDED' },
    userErrors: [],
  })
  expect(await stagedOf(waiting)).toEqual([{ table: null }])
  expect(await decide('Apply', { id: waiting.id })).toMatchObject({
    run: null,
    userErrors: [{ code: 'ILLEGAL_TRANSITION' }],
  })
  expect(await estate.sql(`select 1 from actual_item where name = 'dis-1'`)).toEqual([])
  expect(await estate.load(product, told)).toMatchObject({ state: 'AWAITING_REVIEW', created: 1 })
})

test('what would change other things by now is shown once more instead', async () => {
  const [product, ssh] = [await aReviewed('netbox'), await estate.source('ssh')]
  const told = [machine({ key: 'o1', name: 'oth-1', serialNumber: 'O-1', role: 'cache' }), whole]
  const waiting = await estate.load(product, told)
  expect(waiting).toMatchObject({ state: 'AWAITING_REVIEW', created: 1, changed: 0 })
  await estate.load(ssh, [machine({ key: 'o', name: 'oth-1', serialNumber: 'O-1', platform: 'linux' })])

  const again = await applied(waiting)
  expect(again).toMatchObject({ state: 'AWAITING_REVIEW', created: 0, changed: 1, reviewedBy: null, reviewedAt: null })
  expect(again.step).toContain('What is known changed since the look')
  expect(again.changes.nodes).toMatchObject([
    { kind: 'CHANGED', name: 'oth-1', itemId: expect.stringMatching(/^act_/) },
  ])
  expect(await applied(waiting)).toMatchObject({ state: 'SUCCEEDED', changed: 1, step: null })
  const [item] = await estate.sql<{ attributes: object }>(`select attributes from actual_item where name = 'oth-1'`)
  expect(item!.attributes).toMatchObject({ platform: 'linux', role: 'cache' })
})

test('what could not be taken over is told once, however often it is looked at', async () => {
  const product = await aReviewed()
  const told = [machine({ key: 'p1', name: 'pro-1' }), ...software('nowhere', 'shop', '1.0.0'), whole]
  const waiting = await estate.load(product, told)
  expect(waiting).toMatchObject({
    state: 'AWAITING_REVIEW',
    warnings: 1,
    problems: { nodes: [{ rule: 'relation-ends' }] },
  })
  const done = await applied(waiting)
  expect(done).toMatchObject({ state: 'SUCCEEDED', warnings: 1 })
  expect(done.problems.nodes).toHaveLength(1)
})

test('while changes wait, no other run of the product begins but a dry one, and a schedule tries again at its next time', async () => {
  const product = await aReviewed()
  const told = [machine({ key: 'b1', name: 'bu-1' })]
  const waiting = await estate.load(product, told)
  await expect(estate.start(product)).rejects.toMatchObject({
    message: expect.stringMatching(/^What RUN-\d+ found in csv \d+ awaits a review\. Apply or discard it first\.$/),
    facts: { itemId: waiting.id, rule: 'one run at a time' },
  })
  expect(await estate.load(product, told, { dryRun: true })).toMatchObject({ state: 'SUCCEEDED', created: 1 })
  await setPolicy(product.id, { changes: 'REVIEW', everyMinutes: 5 })
  await estate.sql(`update discovery_policy set next_at = now() where product_id = ?`, [product.uuid])
  expect(await startDue(estate.orm.em, estate.services)).toBe(0)
  await decide('Discard', { id: waiting.id })
  await estate.sql(`update discovery_policy set next_at = now() where product_id = ?`, [product.uuid])
  expect(await startDue(estate.orm.em, estate.services)).toBe(1)
})

test('what waits outlives a sweep and a job that comes twice; under other rules it cannot be applied any more', async () => {
  const product = await aReviewed()
  const waiting = await estate.load(product, [machine({ key: 's1', name: 'sw-1' })])
  await sweepStaging(estate.orm.em.fork())
  await estate.run(uuidOf(waiting))
  expect(await runOf(waiting.id)).toMatchObject({ state: 'AWAITING_REVIEW' })
  expect(await stagedOf(waiting)).not.toEqual([{ table: null }])
  const kept = `select relpersistence as kept from pg_class where oid = to_regclass(?)`
  expect(await estate.sql(kept, [stagingOf(uuidOf(waiting)).items])).toEqual([{ kept: 'p' }])
  await estate.query(
    `mutation { identityRuleSet(input: { className: "ComputerSystem", insertFrom: [] }) { userErrors { message } } }`,
  )
  const failed = await applied(waiting)
  expect(failed).toMatchObject({
    state: 'FAILED',
    failure: 'The rules of identity changed since it was read, so nothing was changed. Discover again.',
  })
  expect(await stagedOf(waiting)).toEqual([{ table: null }])
  expect(await estate.sql(`select 1 from actual_item where name = 'sw-1'`)).toEqual([])
})
