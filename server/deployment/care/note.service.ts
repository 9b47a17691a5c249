import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../../kernel/context.ts'
import { BadInput } from '../../kernel/errors.ts'
import { changed } from '../../kernel/move.ts'
import type { IdInput } from '../../kernel/mutation.ts'
import { row, rows } from '../../kernel/sql.ts'
import { because } from '../because.ts'
import type { Deployment } from '../deployment.entity.ts'
import { deploymentFor } from '../load.ts'
import type { ShiftNotePinInput } from './care.inputs.ts'
import { HOLD } from './holders.ts'
import { textOf } from './text.ts'

/** Pins a note, in the place of the one before; every wording stays in the history. */
export async function pinNote(em: EntityManager, viewer: Viewer, input: ShiftNotePinInput): Promise<Deployment> {
  const text = textOf(input.text, 'text')
  if (!text) throw new BadInput('A note says something; to take it away, clear it.', { field: ['text'] })
  const deployment = await deploymentFor(em, viewer, HOLD, input.id)
  const before = await pinned(em, deployment)
  await rows(
    em,
    `insert into shift_note (deployment_id, text, by_id) values ($1, $2, $3)
     on conflict (deployment_id) do update set text = excluded.text, by_id = excluded.by_id, at = now()`,
    [deployment.uuid, text, viewer.accountId],
  )
  const changes = { note: before === null ? text : { from: before, to: text } }
  await changed(em, deployment, 'pinNote', because(viewer, textOf(input.reason, 'reason')), { changes })
  return deployment
}

export async function clearNote(em: EntityManager, viewer: Viewer, input: IdInput): Promise<Deployment> {
  const deployment = await deploymentFor(em, viewer, HOLD, input.id)
  const before = await pinned(em, deployment)
  if (before === null) {
    throw new BadInput(`No note is pinned to ${deployment.displayName}.`, { field: ['id'], itemId: deployment.id })
  }
  await rows(em, `delete from shift_note where deployment_id = $1`, [deployment.uuid])
  const changes = { note: { from: before, to: null } }
  await changed(em, deployment, 'clearNote', because(viewer, textOf(input.reason, 'reason')), { changes })
  return deployment
}

async function pinned(em: EntityManager, { uuid }: Deployment): Promise<string | null> {
  const found = await row<{ text: string }>(em, `select text from shift_note where deployment_id = $1`, [uuid])
  return found?.text ?? null
}
