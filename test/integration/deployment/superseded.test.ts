// A plan that a later one has overtaken does not lie about as if it were still to be done.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDeployment } from '../../../server/deployment/deployment.service.ts'
import type { Deployment } from '../../../server/deployment/deployment.entity.ts'
import { toNodeId } from '../../../server/kernel/node-id.ts'
import { row, rows } from '../../../server/kernel/sql.ts'
import { aDatabase } from '../../support/database.ts'
import { aValidated, aWorld, start, type World } from '../../support/deployment/world.ts'

const database = aDatabase()
let world: World
beforeAll(async () => {
  world = await aWorld(database.url, '/nowhere', 12, 'nothing')
  await world.jobs.start()
})
afterAll(() => world.close())

let used = 0
const take = (count: number) => world.items.slice(used, (used += count))

const aDraft = (items: string[]) =>
  world.tx((em) =>
    createDeployment(em, world.services, world.people.author, {
      taskId: toNodeId('tsk', world.taskId),
      title: 'Patch',
      targetIds: items.map((item) => toNodeId('ci', item)),
    }),
  )

const stateOf = async ({ uuid }: Deployment) =>
  (await row<{ state: string }>(world.orm.em.fork(), 'select state from deployment where uuid = $1', [uuid]))!.state

test('a start supersedes what the task planned earlier for the same targets, and says by what', async () => {
  const items = take(3)
  const [draft, part] = [await aDraft(items), await aDraft(items.slice(0, 1))]
  const later = await aValidated(world, { items })
  await start(world, later)
  expect([await stateOf(draft), await stateOf(part), await stateOf(later)]).toEqual([
    'SUPERSEDED',
    'SUPERSEDED',
    'QUEUED',
  ])
  const last = await row<{ action: string; actor: string; reason: string }>(
    world.orm.em.fork(),
    'select action, actor, reason from history where subject = $1 order by uuid desc limit 1',
    [draft.uuid],
  )
  expect(last).toEqual({
    action: 'supersede',
    actor: world.people.deployer.accountId,
    reason: `${later.number} was started for the same targets.`,
  })
})

test('what has a target that the later one has not, what came later, and a roll-back stay', async () => {
  const items = take(3)
  const wider = await aDraft(items)
  const back = await aDraft(items.slice(0, 2))
  await rows(world.orm.em.fork(), 'update deployment set roll_back_of_id = $2 where uuid = $1', [back.uuid, wider.uuid])
  const started = await aValidated(world, { items: items.slice(0, 2) })
  const later = await aDraft(items.slice(0, 2))
  await start(world, started)
  for (const other of [wider, back, later]) expect(await stateOf(other)).toBe('DRAFT')
})

test('a roll-back that is started supersedes no plan', async () => {
  const items = take(2)
  const draft = await aDraft(items)
  const back = await aValidated(world, { items })
  await rows(world.orm.em.fork(), 'update deployment set roll_back_of_id = $2 where uuid = $1', [back.uuid, draft.uuid])
  await start(world, back)
  expect(await stateOf(draft)).toBe('DRAFT')
})
