import 'reflect-metadata'
import type { Approval } from '../../server/approval/approval.entity.ts'
import { approvalGate } from '../../server/approval/gate.ts'
import { approveDeployment } from '../../server/approval/approval.service.ts'
import type { Deployment } from '../../server/deployment/deployment.entity.ts'
import { createDeployment } from '../../server/deployment/deployment.service.ts'
import { startDeployment } from '../../server/deployment/start.service.ts'
import { moveItem } from '../../server/item/item.service.ts'
import { keepCatalogue } from '../../server/catalogue/keeper.ts'
import { startTopology, type Topology } from '../../server/item/graph/topology.ts'
import type { Viewer } from '../../server/kernel/context.ts'
import { createEventRing, type EventRing } from '../../server/kernel/event-ring.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'
import { createSequencer } from '../../server/kernel/sequencer.ts'
import { row, rows } from '../../server/kernel/sql.ts'
import { validationGate } from '../../server/validation/gate.ts'
import { runValidation, type ValidationParts } from '../../server/validation/run.ts'
import type { Validation } from '../../server/validation/validation.entity.ts'
import { validateDeployment } from '../../server/validation/validation.service.ts'
import { watchValidations } from '../../server/validation/watcher.ts'
import { aWorld, quiet, type World } from './deployment/world.ts'

/** Everything between a draft and its start: people, a plan, the event log, the watcher. */
export interface ValidationWorld extends World {
  approver: Viewer
  events: EventRing
  topology: Topology
  parts: ValidationParts
  /** Nobody invalidates any more. */
  stopWatching(): Promise<void>
  /** A draft of these items (all by default). */
  aDraft(items?: string[], version?: string): Promise<Deployment>
  /** Asks for the validation and does it at once. */
  validate(deployment: { id: string }): Promise<Row>
  /** The latest validation and the state of the deployment. */
  look(deployment: { uuid: string }): Promise<Row>
  approve(deployment: { id: string; uuid: string }, by?: Viewer): Promise<unknown>
  start(deployment: { id: string }, by?: Viewer): Promise<Deployment>
  move(item: string, action: string): Promise<unknown>
}

export type Row = {
  uuid: string
  state: Validation['state']
  deployment: Deployment['state']
  digest: Approval['digest']
  seq: string
  valid_until: string
  invalidated_by: string | null
  counts: Validation['counts']
  rules: Validation['rules']
}

export async function aValidationWorld(url: string, count: number): Promise<ValidationWorld> {
  const world = await aWorld(url, '/nowhere', count, 'nothing')
  await world.jobs.start()
  // Under way, so that an item that one test spoils does not make the task unready for the next.
  await rows(world.orm.em.fork(), `update task set state = 'IN_PROGRESS' where uuid = $1`, [world.taskId])
  const sequencer = createSequencer({ url, retentionDays: 7, log: quiet })
  sequencer.start()
  const events = createEventRing({ url, log: quiet })
  await events.start()
  const catalogue = await keepCatalogue(world.orm.em.fork(), events, () => {})
  const topology = startTopology({ em: world.orm.em.fork(), url, events, catalogue, onFault: () => {} })
  await topology.ready
  const parts = { em: world.orm.em, topology, log: quiet }
  const watcher = watchValidations({ ...parts, events, expireEvery: 100 })
  const accountId = uuidv7()
  await rows(world.orm.em.fork(), `insert into account (uuid, login, name, state) values ($1, $2, 'Grace', 'ACTIVE')`, [
    accountId,
    `grace-${accountId.slice(-8)}`,
  ])
  const approver: Viewer = { ...world.people.author, accountId, name: 'Grace' }
  const services = { ...world.services, startGates: [validationGate(topology), approvalGate] }

  const look = async ({ uuid }: { uuid: string }) =>
    (await row<Row>(
      world.orm.em.fork(),
      `select v.*, d.state as deployment from deployment d join validation v on v.deployment_id = d.uuid
       where d.uuid = $1 order by v.created_at desc limit 1`,
      [uuid],
    ))!
  return {
    ...world,
    approver,
    events,
    topology,
    parts,
    stopWatching: () => watcher.stop(),
    look,
    aDraft: (items = world.items, version = '1.1.0') =>
      world.tx((em) =>
        createDeployment(em, world.services, world.people.author, {
          taskId: toNodeId('tsk', world.taskId),
          title: 'Patch',
          sourceId: toNodeId('pkv', world.versions[version]!),
          targetIds: items.map((item) => toNodeId('ci', item)),
        }),
      ),
    async validate({ id }) {
      const { uuid } = await world.tx((em) => validateDeployment(em, world.services, world.people.deployer, { id }))
      await runValidation(parts, (await look({ uuid })).uuid)
      return look({ uuid })
    },
    approve: async ({ id, uuid }, by = approver) => {
      const { digest } = await look({ uuid })
      return world.tx((em) => approveDeployment(em, by, { id, digest }))
    },
    start: ({ id }, by = world.people.deployer) => world.tx((em) => startDeployment(em, services, by, { id })),
    move: (item, action) =>
      world.tx((em) => moveItem(em, catalogue.now, { id: toNodeId('ci', item), action }, world.people.author)),
    close: async () => {
      await watcher.stop()
      await topology.close()
      await catalogue.close()
      await events.stop()
      await sequencer.stop()
      await world.close()
    },
  }
}
