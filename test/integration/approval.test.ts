import { afterAll, beforeAll, expect, test } from 'vitest'
import { approveDeployment, rejectDeployment } from '../../server/approval/approval.service.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { rows } from '../../server/kernel/sql.ts'
import { updateDeployment } from '../../server/deployment/deployment.service.ts'
import { aDatabase } from '../support/database.ts'
import { aValidationWorld, type ValidationWorld } from '../support/validation.ts'

const database = aDatabase()
let world: ValidationWorld
let items: string[][]
beforeAll(async () => {
  world = await aValidationWorld(database.url, 60)
  items = Array.from({ length: 20 }, (_, n) => world.items.slice(n * 3, n * 3 + 3))
})
afterAll(() => world.close())

const sql = (text: string, values: unknown[]) => rows(world.orm.em.fork(), text, values)

async function validated() {
  const draft = await world.aDraft(items.pop()!)
  expect(await world.validate(draft)).toMatchObject({ state: 'PASSED' })
  return draft
}

test('three people: one plans, another approves what was validated, a third starts it', async () => {
  const draft = await validated()
  await expect(world.start(draft)).rejects.toMatchObject({
    code: 'NOT_APPROVED',
    message: expect.stringMatching(/approved by nobody yet/),
  })
  await world.approve(draft)
  expect((await world.look(draft)).deployment).toBe('SCHEDULED')
  expect(await world.start(draft)).toMatchObject({ state: 'QUEUED', startedById: world.people.deployer.accountId })
})

test('the author can neither approve nor start, the approver cannot start', async () => {
  const draft = await validated()
  const { author } = world.people
  const refused = { code: 'SEPARATION_OF_DUTIES' }
  await expect(world.approve(draft, author)).rejects.toMatchObject({
    ...refused,
    message: expect.stringMatching(/^Ada planned DPL-\d+ .* cannot approve it/),
  })
  await world.approve(draft)
  await expect(world.start(draft, author)).rejects.toMatchObject({
    ...refused,
    message: expect.stringMatching(/planned .* cannot start it/),
  })
  await expect(world.start(draft, world.approver)).rejects.toMatchObject({
    ...refused,
    message: expect.stringMatching(/^Grace approved .* cannot start it/),
  })
})

test('the database itself keeps the three apart', async () => {
  const draft = await validated()
  const { uuid, digest } = await world.look(draft)
  const insert = (by: string, author = world.people.author.accountId) =>
    sql(
      `insert into approval (uuid, deployment_id, author_id, validation_id, by_id, decision, digest) values ($1, $2, $3, $4, $5, 'APPROVED', $6)`,
      [uuidv7(), draft.uuid, author, uuid, by, digest],
    )
  await expect(insert(world.people.author.accountId)).rejects.toThrow(/approver_is_not_author/)
  // Nor by naming somebody else as the author.
  await expect(insert(world.people.author.accountId, world.approver.accountId)).rejects.toThrow(
    /approval_deployment_id_author_id_fkey/,
  )
  await insert(world.approver.accountId)
  const start = (by: string) => sql('update deployment set started_by_id = $2 where uuid = $1', [draft.uuid, by])
  await expect(start(world.people.author.accountId)).rejects.toThrow(/author or approver/)
  await expect(start(world.approver.accountId)).rejects.toThrow(/author or approver/)
  await start(world.people.deployer.accountId)
  await expect(insert(world.people.deployer.accountId)).rejects.toThrow(/approver started/)
})

test('who looked at another digest is refused', async () => {
  const draft = await validated()
  const old = `sha256:${'0'.repeat(64)}`
  await expect(
    world.tx((em) => approveDeployment(em, world.approver, { id: draft.id, digest: old })),
  ).rejects.toMatchObject({ code: 'DIGEST_CHANGED' })
  expect((await world.look(draft)).deployment).toBe('AWAITING_APPROVAL')
})

test('an approval holds for the digest it signed: void after another plan, good again for the same one', async () => {
  const draft = await validated()
  await world.approve(draft)
  const edit = (facts: object) =>
    world.tx((em) => updateDeployment(em, world.people.author, { id: draft.id, ...facts }))
  await edit({ title: 'Another title' })
  await expect(world.start(draft)).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' })
  await world.validate(draft)
  expect((await world.look(draft)).deployment).toBe('AWAITING_APPROVAL')
  const [target] = (await sql('select item_id from deployment_target where deployment_id = $1', [draft.uuid])) as {
    item_id: string
  }[]
  await edit({ targetIds: [toNodeId('ci', target!.item_id)] })
  await world.validate(draft)
  await expect(world.start(draft)).rejects.toMatchObject({
    code: 'NOT_APPROVED',
    message: expect.stringMatching(/has changed since Grace approved it/),
  })
})

test('a rejection says why, blocks, and outweighs an earlier approval', async () => {
  const draft = await validated()
  await world.approve(draft)
  const { digest } = await world.look(draft)
  const reject = (comment: string) =>
    world.tx((em) => rejectDeployment(em, world.approver, { id: draft.id, digest, comment }))
  await expect(reject(' ')).rejects.toMatchObject({ code: 'BAD_INPUT' })
  await reject('Not on a Friday.')
  expect((await world.look(draft)).deployment).toBe('BLOCKED')
  await world.validate(draft)
  await expect(world.start(draft)).rejects.toMatchObject({
    code: 'NOT_APPROVED',
    message: expect.stringMatching(/rejected by Grace/),
  })
})

test('the start asks the facts once more: what nobody told the log about is found', async () => {
  const draft = await validated()
  await world.approve(draft)
  const [target] = (await sql('select item_id from deployment_target where deployment_id = $1', [draft.uuid])) as {
    item_id: string
  }[]
  // Without an event, so only the gate can notice.
  await sql(`update package_version set held = true, state = 'ALERT' where uuid = $1`, [world.versions['1.1.0']])
  const refusal = await world.start(draft).catch((error) => error)
  await sql(`update package_version set state = 'AVAILABLE' where uuid = $1`, [world.versions['1.1.0']])
  expect(refusal.message).toMatch(/storefront 1\.1\.0: state AVAILABLE → ALERT/)
  expect((await world.look(draft)).deployment).toBe('SCHEDULED')
  await sql('delete from task_target where item_id = $1', [target!.item_id])
  await expect(world.start(draft)).rejects.toMatchObject({
    message: expect.stringMatching(/no longer target of the task/),
  })
})
