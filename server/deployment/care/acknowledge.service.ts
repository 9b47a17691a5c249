import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../../kernel/context.ts'
import { BadInput } from '../../kernel/errors.ts'
import { changed } from '../../kernel/move.ts'
import type { IdInput } from '../../kernel/mutation.ts'
import { rows } from '../../kernel/sql.ts'
import { because } from '../because.ts'
import type { Deployment } from '../deployment.entity.ts'
import { deploymentFor } from '../load.ts'
import { nameOf } from './hold.service.ts'
import { HOLD } from './holders.ts'
import { AlreadyAcknowledged } from './refusals.ts'
import { textOf } from './text.ts'
import { acknowledged, failuresOf, inTrouble } from './trouble.ts'

/** "Seen, I am on it": counts until something else goes wrong. */
export async function acknowledge(em: EntityManager, viewer: Viewer, input: IdInput): Promise<Deployment> {
  const comment = textOf(input.reason, 'reason')
  const deployment = await deploymentFor(em, viewer, HOLD, input.id)
  if (!(await inTrouble(em, [deployment.uuid])).has(deployment.uuid)) {
    throw new BadInput(`Nothing is wrong in ${deployment.displayName} now, so there is nothing to acknowledge.`, {
      field: ['id'],
      itemId: deployment.id,
      rule: 'acknowledge what went wrong',
      evidence: { state: deployment.state, confirmation: deployment.confirmation },
    })
  }
  const before = (await acknowledged(em, [deployment.uuid])).get(deployment.uuid)
  if (before) throw new AlreadyAcknowledged(deployment, await nameOf(em, before.byId), before.at)
  await rows(
    em,
    `insert into deployment_acknowledgement (deployment_id, comment, by_id, failures) values ($1, $2, $3, ${failuresOf('$1')})
     on conflict (deployment_id) do update
       set comment = excluded.comment, by_id = excluded.by_id, failures = excluded.failures, at = now()`,
    [deployment.uuid, comment, viewer.accountId],
  )
  await changed(em, deployment, 'acknowledge', because(viewer, comment))
  return deployment
}

/** Takes it back, whoever gave it: nobody is on it. */
export async function unacknowledge(em: EntityManager, viewer: Viewer, input: IdInput): Promise<Deployment> {
  const reason = textOf(input.reason, 'reason')
  const deployment = await deploymentFor(em, viewer, HOLD, input.id)
  const before = (await acknowledged(em, [deployment.uuid])).get(deployment.uuid)
  if (!before) {
    throw new BadInput(`Nobody has acknowledged what is wrong in ${deployment.displayName} now.`, {
      field: ['id'],
      itemId: deployment.id,
    })
  }
  await rows(em, `delete from deployment_acknowledgement where deployment_id = $1`, [deployment.uuid])
  const changes = { acknowledgedBy: { from: await nameOf(em, before.byId), to: null } }
  await changed(em, deployment, 'unacknowledge', because(viewer, reason), { changes })
  return deployment
}
