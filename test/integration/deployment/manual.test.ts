import { afterAll, beforeAll, expect, test } from 'vitest'
import { toNodeId } from '../../../server/kernel/node-id.ts'
import { row, rows } from '../../../server/kernel/sql.ts'
import { confirmManually, failManually } from '../../../server/deployment/manual.service.ts'
import { retryTarget } from '../../../server/deployment/target.service.ts'
import { aDatabase } from '../../support/database.ts'
import { aStarted, aWorld, type World } from '../../support/deployment/world.ts'

const database = aDatabase()
let world: World

beforeAll(async () => {
  world = await aWorld(database.url, '/nowhere', 2, null)
  await world.jobs.start()
})
afterAll(() => world.close())

test('without a module people do it: each target is signed for by name, and the deployment ends accordingly', async () => {
  const { uuid } = await aStarted(world)
  const em = () => world.orm.em.fork()
  const deployment = () =>
    row<{ state: string; confirmation: string; distribution: string; instructions: string }>(
      em(),
      `select * from deployment where uuid = $1`,
      [uuid],
    )
  expect(await deployment()).toMatchObject({
    state: 'RUNNING',
    distribution: 'MANUAL',
    instructions: expect.stringContaining('storefront 1.1.0'),
  })
  const targets = await rows<{ uuid: string }>(
    em(),
    `select uuid from deployment_target where deployment_id = $1 order by idx`,
    [uuid],
  )
  const [first, second] = targets.map((target) => toNodeId('tgt', target.uuid))
  const { deployer } = world.people

  await world.tx((tx) => confirmManually(tx, deployer, { id: first!, statement: 'Installed and looked at it.' }))
  await world.tx((tx) => failManually(tx, deployer, { id: second!, cause: 'The machine is off.' }))
  expect(await deployment()).toMatchObject({ state: 'PARTIAL', confirmation: 'UNCONFIRMED' })

  await world.tx((tx) => retryTarget(tx, world.services, deployer, { id: second! }))
  await world.tx((tx) => confirmManually(tx, deployer, { id: second!, statement: 'Switched on, installed, looked.' }))
  expect(await deployment()).toMatchObject({ state: 'SUCCEEDED', confirmation: 'CONFIRMED' })
  const evidence = await rows(em(), `select method, by_name, verdict, intended_version from evidence`)
  expect(evidence).toEqual(
    [1, 2].map(() => ({
      method: 'signed statement',
      by_name: 'Dora',
      verdict: 'CONFIRMED',
      intended_version: '1.1.0',
    })),
  )
})
