import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import { lockDeployment } from '../load.ts'
import { abandonValidation } from '../validation-moves.ts'
import { deadProcesses } from './worker-process.ts'

/** What a look around found to do. All of it is in the rows; jobs only make it quicker. */
export interface SweepFindings {
  /** Deployments that nobody drives and that need it. */
  drive: string[]
  /** Deployments with reported targets at which nobody has looked yet. */
  confirm: string[]
}

/**
 * Takes from the dead what they held, and finds the work that nobody does. Attempts of a dead process keep their state and
 * lose their holder: whoever drives the deployment next asks their targets.
 */
export async function sweep(
  em: EntityManager,
  me: string,
  zombieAfter: number,
  others: boolean,
): Promise<SweepFindings> {
  if (others) await release(em, await deadProcesses(em, me))
  if (others) await releaseZombies(em, me, zombieAfter)
  await releaseLateCommits(em)
  await abandonLateValidations(em)
  const drive = await rows<{ uuid: string }>(
    em,
    `select d.uuid from deployment d
     where d.driver_id is null and d.distribution = 'AUTOMATIC' and (d.state in ('QUEUED', 'RUNNING', 'CANCELLING')
       or d.state in ('PAUSED', 'INTERVENTION') and exists (select 1 from attempt a where a.deployment_id = d.uuid
         and a.state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING')))`,
  )
  const confirm = await rows<{ uuid: string }>(
    em,
    `select distinct deployment_id as uuid from deployment_target
     where confirm_at < now() - interval '1 second' and state = 'REPORTED_OK' and confirmation = 'AWAITED'`,
  )
  return { drive: drive.map(({ uuid }) => uuid), confirm: confirm.map(({ uuid }) => uuid) }
}

/** Gives free what processes held: their attempts, the deployments they drove, the looks they were taking. */
export async function release(em: EntityManager, processes: readonly string[]): Promise<void> {
  if (processes.length === 0) return
  await rows(
    em,
    `update attempt set process_id = null
     where process_id = any($1::uuid[]) and state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING')`,
    [processes],
  )
  await rows(em, `update deployment_target set confirm_at = now() where confirm_at > now()`)
  // Deployments lose their driver by the foreign key.
  await rows(em, `delete from worker_process where uuid = any($1::uuid[])`, [processes])
}

/** A process that lives (its lock is held) and has long missed its deadlines is no use: stopped, or cut off. */
async function releaseZombies(em: EntityManager, me: string, zombieAfter: number): Promise<void> {
  const late = await rows<{ process_id: string }>(
    em,
    `select distinct a.process_id from attempt a join deployment d on d.uuid = a.deployment_id
     where a.process_id <> $1 and a.state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING')
       and (a.deadline_at < now() - make_interval(secs => $2)
         or d.state = 'CANCELLING' and d.deadline_at < now() - make_interval(secs => $2))`,
    [me, zombieAfter / 1_000],
  )
  await release(
    em,
    late.map(({ process_id }) => process_id),
  )
}

/** The last commit of a process that died may come after it was found dead. */
async function releaseLateCommits(em: EntityManager): Promise<void> {
  await rows(
    em,
    `update attempt a set process_id = null
     where state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING') and process_id is not null
       and not exists (select 1 from worker_process p where p.uuid = a.process_id)`,
  )
}

async function abandonLateValidations(em: EntityManager): Promise<void> {
  const late = await rows<{ uuid: string }>(
    em,
    `select uuid from deployment where state = 'VALIDATING' and deadline_at < now()`,
  )
  for (const { uuid } of late) {
    const deployment = await lockDeployment(em, uuid)
    if (deployment?.state !== 'VALIDATING') continue
    await abandonValidation(em, deployment, { by: null, reason: 'The validation did not end in time.' })
  }
}
