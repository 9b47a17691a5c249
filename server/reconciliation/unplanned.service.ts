/** Somebody knows of a change that nobody planned, says what it was, or takes that back. */
import { LockMode } from '@mikro-orm/postgresql'
import { requireReach, viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { IllegalTransition } from '../kernel/lifecycle.ts'
import { moveMany } from '../kernel/move.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { rows } from '../kernel/sql.ts'
import { becauseOf } from '../item/item.service.ts'
import { UnplannedDecision } from './unplanned-decision.entity.ts'
import type { UnplannedChange, UnplannedChangesDecideInput } from './unplanned.inputs.ts'
import { unplannedLifecycle, type UnplannedAction } from './unplanned.lifecycle.ts'
import { keyOf, namedBy, unplannedOf } from './unplanned.reads.ts'

const MOST = 200
const LONGEST = 2000 // characters

/** Decides all of them in one way, or none. */
export async function decideUnplanned(
  context: Context,
  input: UnplannedChangesDecideInput,
): Promise<UnplannedChange[]> {
  const viewer = viewerOf(context)
  const { changes: refs, action } = input
  if (refs.length < 1 || refs.length > MOST) {
    throw new BadInput(`Give 1 to ${MOST} changes; ${refs.length} were given.`, {
      field: ['changes'],
      rule: 'list size',
    })
  }
  const comment = checkedComment(action, input.comment ?? input.reason)
  const found = await unplannedOf(context, refs)
  const changes = refs.map((ref) => {
    const change = found.get(keyOf(namedBy(ref)))
    if (change) return change
    const { itemId, at, attribute } = ref
    throw new BadInput(
      `There is no change of ${attribute} at ${at.toISOString()} that nobody planned: it was never seen, or a deployment explains it by now.`,
      { itemId, field: ['changes'], rule: 'unplanned' },
    )
  })
  for (const { scopeIds, attribute } of changes) {
    requireReach(viewer, 'item.promote', { scopeIds, displayName: `the change of ${attribute}` })
  }
  const decisions = await lockDecisions(context, changes)
  const wanted = unplannedLifecycle.states
    .flatMap((state) => unplannedLifecycle.actionsFrom(state))
    .find((one): one is UnplannedAction => one === action)
  if (!wanted) {
    const [first] = decisions
    throw new IllegalTransition(unplannedLifecycle, first!.displayName, first!.state, action)
  }
  const because = becauseOf(viewer, comment)
  const decided = wanted === 'reopen' ? nobody : { comment, decidedBy: because.by, decidedAt: new Date() }
  for (const decision of decisions) Object.assign(decision, decided)
  await moveMany(
    context.em,
    decisions.map((thing) => ({ thing, action: wanted })),
    unplannedLifecycle,
    because,
  )
  const after = await unplannedOf(context, refs)
  return changes.map((change) => after.get(keyOf(change))!)
}

const nobody = { comment: null, decidedBy: null, decidedAt: null }

function checkedComment(action: string, text: string | null | undefined): string | null {
  const comment = text?.trim() || null
  if (action === 'explain' && !comment) {
    throw new BadInput('Say what it was: an explanation needs a comment.', { field: ['comment'], rule: 'comment' })
  }
  if (comment && comment.length > LONGEST) {
    throw new BadInput(`A comment has at most ${LONGEST} characters.`, { field: ['comment'], rule: 'comment' })
  }
  return comment
}

/** One row for each change, made where nobody said anything yet, locked in one order. */
async function lockDecisions({ em }: Context, changes: readonly UnplannedChange[]): Promise<UnplannedDecision[]> {
  const sorted = changes.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
  await rows(
    em,
    `insert into unplanned_decision (uuid, actual_item_id, at, attribute, kind, other_id, state, scope_ids)
     select n.uuid, n.actual, n.at, n.attribute, n.kind, n.other, 'OPEN', coalesce(c.scope_ids, '{}')
     from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::uuid[]) as n(uuid, actual, at, attribute, kind, other)
       left join configuration_item c on c.actual_item_id = n.actual
     on conflict (actual_item_id, at, kind, attribute, other_id) do nothing`,
    [
      sorted.map(() => uuidv7()),
      sorted.map(({ actual }) => actual),
      sorted.map(({ at }) => at),
      sorted.map(({ attribute }) => attribute),
      sorted.map(({ kind }) => kind),
      sorted.map(({ other }) => other),
    ],
  )
  const found = await em.find(
    UnplannedDecision,
    {
      $or: sorted.map(({ actual, at, attribute, kind, other }) => ({
        actualItemId: actual,
        at,
        attribute,
        kind,
        otherId: other,
      })),
    },
    { orderBy: { uuid: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
  return found
}
