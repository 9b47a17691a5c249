import type { EntityManager } from '@mikro-orm/postgresql'
import { actorOf } from '../account/viewer.ts'
import { checkedText } from '../kernel/checked-text.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { changed } from '../kernel/move.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { rows } from '../kernel/sql.ts'
import type { ApprovalDecision } from './approval-decision.ts'
import { DecidedByAuthor, ReleaseNotToDecide, RevisionChanged } from './refusals.ts'
import { isAuthor } from './release-approval.reads.ts'
import type { Release } from './release.entity.ts'
import type { ReleaseApproveInput, ReleaseRejectInput } from './release.inputs.ts'
import { decidableReleaseStates } from './release.lifecycle.ts'
import { lockRelease } from './release.service.ts'

/** Signs the release as it is: while it is in progress, protected items that it lists can be changed by others. */
export function approveRelease(em: EntityManager, viewer: Viewer, input: ReleaseApproveInput): Promise<Release> {
  return decide(em, viewer, input, 'APPROVED')
}

/** Says no, with what has to become different; earlier approvals count no more. */
export async function rejectRelease(em: EntityManager, viewer: Viewer, input: ReleaseRejectInput): Promise<Release> {
  if (!input.comment.trim()) {
    throw new BadInput('Say what has to become different, so that the owner can change it.', { field: ['comment'] })
  }
  return decide(em, viewer, input, 'REJECTED')
}

async function decide(
  em: EntityManager,
  viewer: Viewer,
  input: ReleaseApproveInput,
  decision: ApprovalDecision,
): Promise<Release> {
  const release = await lockRelease(em, input.id, viewer, 'release.approve')
  if (await isAuthor(em, release.uuid, viewer.accountId)) throw new DecidedByAuthor(release, viewer.name)
  if (!decidableReleaseStates.includes(release.state)) throw new ReleaseNotToDecide(release)
  if (release.revision !== input.revision) throw new RevisionChanged(release, input.revision)
  const comment = input.comment ? checkedText(input.comment, 'comment') : null
  await rows(
    em,
    `insert into release_approval (uuid, created_at, release_id, by_id, decision, revision, comment)
     values ($1, clock_timestamp(), $2, $3, $4, $5, $6)`,
    [uuidv7(), release.uuid, viewer.accountId, decision, release.revision, comment],
  )
  release.updatedAt = new Date()
  const because = { by: actorOf(viewer), reason: comment ?? input.reason }
  await changed(em, release, decision === 'APPROVED' ? 'approve' : 'reject', because)
  return release
}
