import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { addRelationships } from '../../server/item/edges.ts'
import { record } from '../../server/kernel/events.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { rows } from '../../server/kernel/sql.ts'
import { cancelDeployment, updateDeployment } from '../../server/deployment/deployment.service.ts'
import { planOf } from '../../server/validation/plan.ts'
import { allRules } from '../../server/validation/rules/all-rules.ts'
import { recorderOver, runValidation } from '../../server/validation/run.ts'
import { validateDeployment } from '../../server/validation/validation.service.ts'
import { countStatements } from '../support/statements.ts'
import { aDatabase } from '../support/database.ts'
import { aValidationWorld, type ValidationWorld } from '../support/validation.ts'

const database = aDatabase()
let world: ValidationWorld
/** Each test takes items of its own. */
let items: string[][]
beforeAll(async () => {
  world = await aValidationWorld(database.url, 400)
  items = Array.from({ length: 40 }, (_, n) => world.items.slice(n * 3, n * 3 + 3))
  // A verdict says the place in the log that it is true for, which is none before the first event has its number.
  await world.tx((em) => record(em, { topic: 'item.changed', subject: world.items.at(-1)!, scopeIds: [] }))
  await vi.waitFor(() => expect(world.events.head()).toBeGreaterThan(0), { timeout: 20_000 })
})
afterAll(() => world.close())

const some = () => items.pop()!
const change = (sql: string, values: unknown[]) => rows<Record<string, unknown>>(world.orm.em.fork(), sql, values)

/** Nothing is invalidated: shown by what the watcher has seen, a later event included. */
async function untilSeen() {
  await world.tx((em) => record(em, { topic: 'item.changed', subject: world.items.at(-1)!, scopeIds: [] }))
  const [last] = (await change('select coalesce(max(id), 0) as id from event_inbox', [])) as { id: string }[]
  if (last) await expect.poll(() => world.events.head(), { timeout: 3_000 }).toBeGreaterThan(0)
  await new Promise((done) => setTimeout(done, 400))
}

test('a good plan passes, with a digest, a place in the log and an end, and waits for approval', async () => {
  const draft = await world.aDraft(some())
  const seen = await world.validate(draft)
  expect(seen).toMatchObject({
    state: 'PASSED',
    deployment: 'AWAITING_APPROVAL',
    counts: { block: 0, warning: 0, pass: 8 },
  })
  expect(seen.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(Number(seen.seq)).toBeGreaterThan(0)
  expect(Date.parse(seen.valid_until)).toBeGreaterThan(Date.now() + 3600_000)
  expect(seen.rules.map(({ state }) => state)).toEqual(Array(8).fill('DONE'))
})

test('findings are told while they are found, and a plan with a blocking one is BLOCKED', async () => {
  const [a, b, c] = some()
  const draft = await world.aDraft([a!, b!, c!])
  await world.move(b!, 'decommission')
  const abort = new AbortController()
  const stream = world.events.read(
    { topics: ['validation.findings'], subject: draft.uuid, reach: 'estate' },
    world.events.positionAt(world.events.head()),
    abort.signal,
  )
  const seen = await world.validate(draft)
  expect(seen).toMatchObject({ state: 'BLOCKED', deployment: 'BLOCKED', counts: { block: 1, warning: 0, pass: 7 } })
  const told: string[] = []
  let messages = 0
  for await (const { events } of stream) {
    messages += events.length
    told.push(...events.flatMap(({ payload }) => (payload as { findingIds: string[] }).findingIds))
    if (messages >= 9) break
  }
  abort.abort()
  const findings = await change('select uuid, severity, message from finding where validation_id = $1 order by place', [
    seen.uuid,
  ])
  expect(told).toEqual(findings.map(({ uuid }) => uuid))
  expect(findings).toContainEqual(
    expect.objectContaining({ severity: 'BLOCK', message: expect.stringMatching(/is DECOMMISSIONED/) }),
  )
})

test('a target that was decommissioned after the task began is refused by a rule, named, with what to do', async () => {
  const mine = some()
  await world.move(mine[0]!, 'decommission')
  const draft = await world.aDraft(mine) // the task is under way, so its targets stay as they were
  const seen = await world.validate(draft)
  expect(seen).toMatchObject({ state: 'BLOCKED', deployment: 'BLOCKED' })
  const blocking = await change(
    `select f.rule, f.title, f.message, f.advice, f.evidence, f.item_id, i.name from finding f
       join configuration_item i on i.uuid = f.item_id where validation_id = $1 and severity = 'BLOCK'`,
    [seen.uuid],
  )
  const name = (blocking[0] as { name: string }).name
  expect(blocking).toEqual([
    {
      rule: 'item-state',
      title: 'Item is decommissioned',
      message: `${name} is DECOMMISSIONED: nothing about it is changed any more.`,
      advice: `Leave ${name} out.`,
      evidence: { state: 'DECOMMISSIONED' },
      item_id: mine[0],
      name,
    },
  ])
  await world.tx((em) =>
    updateDeployment(em, world.people.author, {
      id: draft.id,
      targetIds: mine.slice(1).map((item) => toNodeId('ci', item)),
    }),
  )
  expect(await world.validate(draft)).toMatchObject({ state: 'PASSED' })
})

test('a fact that becomes untrue makes validation and deployment INVALIDATED at once, and is named', async () => {
  const mine = some()
  const draft = await world.aDraft(mine)
  await world.validate(draft)
  const begun = performance.now()
  await world.move(mine[1]!, 'store')
  await expect
    .poll(() => world.look(draft), { interval: 20, timeout: 3_000 })
    .toMatchObject({
      state: 'INVALIDATED',
      deployment: 'INVALIDATED',
      invalidated_by: expect.stringMatching(/^host-\d+ is no longer authorized \(true → false\)\.$/),
    })
  expect(performance.now() - begun).toBeLessThan(1_000)
  await expect(world.start(draft)).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' })
})

test('refreshing what is the same, changing what was not read and writing elsewhere invalidate nothing', async () => {
  const mine = some()
  const draft = await world.aDraft(mine)
  await world.validate(draft)
  await world.move(mine[0]!, 'test') // TEST is as authorized as PRODUCTION
  await world.move(some()[0]!, 'decommission')
  await world.tx(async (em) => {
    await rows(
      em,
      `update configuration_item set attributes = '{"owner": "Ada", "platform": "linux"}' where uuid = $1`,
      [mine[1]],
    )
    await record(em, { topic: 'item.changed', subject: mine[1]!, scopeIds: [] })
    await rows(em, `update package_version set digest = digest, scanned_at = now() where uuid = $1`, [
      world.versions['1.1.0'],
    ])
    await record(em, { topic: 'packageVersion.changed', subject: world.versions['1.1.0']!, scopeIds: [] })
    await rows(em, `update package_version set state = 'WITHDRAWN' where uuid = $1`, [world.versions['1.2.0']])
    await record(em, { topic: 'packageVersion.changed', subject: world.versions['1.2.0']!, scopeIds: [] })
    await record(em, { topic: 'task.changed', subject: world.taskId, scopeIds: [] })
    await record(em, { topic: 'release.changed', subject: world.releaseId, scopeIds: [] })
  })
  await world.aDraft(some())
  await untilSeen()
  expect(await world.look(draft)).toMatchObject({ state: 'PASSED', deployment: 'AWAITING_APPROVAL' })
})

test.each([
  [
    'a withdrawn package',
    (w: ValidationWorld) =>
      [
        `update package_version set state = 'WITHDRAWN' where uuid = $1`,
        w.versions['1.0.0']!,
        'packageVersion.changed',
      ] as const,
    /storefront 1\.0\.0: state AVAILABLE → WITHDRAWN/,
  ],
  [
    'a source that leaves the release',
    (w: ValidationWorld) =>
      [`delete from release_source where package_version_id = $1`, w.versions['1.0.0']!, 'release.changed'] as const,
    /storefront 1\.0\.0 is no longer source of the release/,
  ],
])('%s invalidates', async (_what, write, words) => {
  await change(`update package_version set state = 'AVAILABLE' where uuid = $1`, [world.versions['1.0.0']])
  const draft = await world.aDraft(some(), '1.0.0')
  expect(await world.validate(draft)).toMatchObject({ state: 'PASSED' })
  const [sql, uuid, topic] = write(world)
  await world.tx(async (em) => {
    await rows(em, sql, [uuid])
    const subject = topic === 'release.changed' ? world.releaseId : uuid
    await record(em, { topic, subject, scopeIds: [] })
  })
  await expect
    .poll(() => world.look(draft), { timeout: 3_000 })
    .toMatchObject({ state: 'INVALIDATED', invalidated_by: expect.stringMatching(words) })
})

test('another deployment that is planned on the same item blocks, also when it comes second', async () => {
  const mine = some()
  const first = await world.aDraft(mine)
  await world.validate(first)
  const second = await world.aDraft([mine[2]!])
  const seen = await world.validate(second)
  expect(seen).toMatchObject({ state: 'BLOCKED' })
  const [finding] = await change(`select message from finding where validation_id = $1 and severity = 'BLOCK'`, [
    seen.uuid,
  ])
  expect((finding as { message: string }).message).toMatch(
    new RegExp(`^${first.number} is planned or under way on host-`),
  )
  await untilSeen()
  expect(await world.look(first)).toMatchObject({ state: 'PASSED' })
  await world.tx((em) => cancelDeployment(em, world.services, world.people.deployer, { id: first.id }))
  expect(await world.validate(second)).toMatchObject({ state: 'PASSED' })
})

test('a dependant outside the release is a warning that names it, and a new one invalidates', async () => {
  const mine = some()
  const outside = world.items.slice(-3, -1)
  await change('delete from release_target where item_id = any($1::uuid[])', [outside])
  await world.tx((em) =>
    addRelationships(em, [{ type: 'dependsOn', sourceId: outside[0]!, targetId: mine[0]! }], { by: null }),
  )
  await expect.poll(() => world.topology.dependantsOutside(mine)).toEqual([outside[0]])
  const draft = await world.aDraft(mine)
  const seen = await world.validate(draft)
  expect(seen).toMatchObject({ state: 'PASSED', counts: { warning: 1 } })
  const [finding] = await change(`select message from finding where validation_id = $1 and severity = 'WARNING'`, [
    seen.uuid,
  ])
  expect((finding as { message: string }).message).toMatch(
    /^host-\d+ depends on targets and is not part of the release\.$/,
  )
  await world.tx((em) =>
    addRelationships(em, [{ type: 'dependsOn', sourceId: outside[1]!, targetId: outside[0]! }], { by: null }),
  )
  await expect
    .poll(() => world.look(draft), { timeout: 3_000 })
    .toMatchObject({
      state: 'INVALIDATED',
      invalidated_by: `${draft.number}: dependants outside the release 1 → 2.`,
    })
})

test('what changes between the look and the verdict is found as well', async () => {
  const mine = some()
  const draft = await world.aDraft(mine)
  const { uuid } = await world.tx((em) =>
    validateDeployment(em, world.services, world.people.deployer, { id: draft.id }),
  )
  const validation = await world.look({ uuid })
  const slow = {
    ...world.parts,
    topology: {
      ...world.topology,
      seq: Infinity,
      related: world.topology.related,
      // The last rule; the snapshot was taken before it.
      dependantsOutside: (uuids: readonly string[]) => {
        changed ??= world.move(mine[0]!, 'store')
        return world.topology.dependantsOutside(uuids)
      },
    },
  } as typeof world.parts
  let changed: Promise<unknown> | undefined
  await runValidation(slow, validation.uuid)
  await changed
  await expect
    .poll(() => world.look(draft), { timeout: 3_000 })
    .toMatchObject({ state: 'INVALIDATED', deployment: 'INVALIDATED' })
})

test('a repeated job does nothing, and a broken validation gives the draft back', async () => {
  const draft = await world.aDraft(some())
  const seen = await world.validate(draft)
  await runValidation(world.parts, seen.uuid)
  expect(await world.look(draft)).toEqual(seen)
  const other = await world.aDraft(some())
  const { uuid } = await world.tx((em) =>
    validateDeployment(em, world.services, world.people.deployer, { id: other.id }),
  )
  const broken = {
    related: () => {
      throw new Error('the graph is away')
    },
    dependantsOutside: () => [],
    seq: Infinity,
  }
  const log = { info() {}, warn() {}, error() {} }
  await runValidation({ ...world.parts, topology: broken as never, log }, (await world.look({ uuid })).uuid)
  expect(await world.look(other)).toMatchObject({ state: 'FAILED', deployment: 'DRAFT' })
})

test('a verdict whose time is over is EXPIRED, and so is the deployment', async () => {
  const draft = await world.aDraft(some())
  const { uuid } = await world.tx((em) =>
    validateDeployment(em, world.services, world.people.deployer, { id: draft.id }),
  )
  await runValidation({ ...world.parts, validFor: 300 }, (await world.look({ uuid })).uuid)
  await expect
    .poll(() => world.look(draft), { timeout: 3_000 })
    .toMatchObject({ state: 'EXPIRED', deployment: 'EXPIRED' })
})

test('another plan has another digest; a title changes nothing about it', async () => {
  const mine = some()
  const draft = await world.aDraft(mine)
  const first = await world.validate(draft)
  const edit = (facts: object) =>
    world.tx((em) => updateDeployment(em, world.people.author, { id: draft.id, ...facts }))
  await edit({ title: 'Patch again' })
  expect((await world.validate(draft)).digest).toBe(first.digest)
  const [before] = await change('select state, invalidated_by from validation where uuid = $1', [first.uuid])
  expect(before).toEqual({ state: 'SUPERSEDED', invalidated_by: null })
  await edit({ targetIds: mine.slice(1).map((item) => toNodeId('ci', item)) })
  expect((await world.validate(draft)).digest).not.toBe(first.digest)
})

test('the number of statements of all rules does not depend on the number of targets', async () => {
  // Other parts of the program send statements of their own meanwhile.
  const ours = / as value | as numbers|from release_target/
  const count = async (draft: { uuid: string }) => {
    const em = world.orm.em.fork()
    const recorder = recorderOver({ em, topology: world.topology, plan: await planOf(em, draft.uuid) })
    const statements = await countStatements(async () => {
      for (const rule of allRules) await rule.check(recorder)
    })
    return statements.filter((text) => ours.test(text)).length
  }
  await world.stopWatching() // whose statements would be counted too
  const few = await count(await world.aDraft(world.items.slice(130, 132)))
  const many = await count(await world.aDraft(world.items.slice(135, 385)))
  expect(many).toBe(few)
  expect(many).toBeLessThan(20)
})
