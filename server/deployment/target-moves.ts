import { batch, groupedBy } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { rows } from '../kernel/sql.ts'
import type { Confirmation } from './confirmation.ts'
import { TargetMoves } from './deployment.types.ts'
import type { TargetState } from './target.lifecycle.ts'

/** So many moves in one answer, at most. */
export const MOST_MOVES = 20_000

export interface MovesAsked {
  first: number
  /** This instant and later. */
  since?: Date | null
  /** Id of the last move that the caller has. */
  after?: number | null
}

interface Move {
  deployment_id: string
  id: string
  idx: number
  at: number
  state: TargetState
  confirmation: Confirmation
  percent: number
}

/**
 * The moves of a deployment's targets in the order of time, in columns. As in the grid, those of targets that the viewer may
 * not see are among them: they have a place and states, and no name. Pages go on `after` the last id. While it runs, a
 * transaction may commit a little later than another with a later instant: who follows asks again `since` half a minute before.
 */
export async function movesOf(
  context: Context,
  deploymentId: string,
  { first, since = null, after = null }: MovesAsked,
): Promise<TargetMoves> {
  if (first < 1 || first > MOST_MOVES) {
    throw new BadInput(`1 to ${MOST_MOVES} moves come at once; ${first} were asked for.`, { field: ['first'] })
  }
  const name = `targetMoves:${JSON.stringify([first, since, after])}`
  const found = await batch(context, name, deploymentId, async (uuids) => {
    const all = await rows<Move>(
      context.em,
      `select m.deployment_id, m.id, t.idx, extract(epoch from m.at)::float8 * 1000 as at, m.state, m.confirmation, m.percent
       from unnest($1::uuid[]) as d(id) cross join lateral (
         select * from target_move where deployment_id = d.id and ($2::timestamptz is null or at >= $2)
           and ($4::bigint is null or (at, id) > (select at, id from target_move where id = $4 and deployment_id = d.id))
         order by at, id limit $3) m join deployment_target t on t.uuid = m.target_id
       order by m.at, m.id`,
      [uuids, since, first + 1, after],
    )
    return groupedBy(all, ({ deployment_id }) => deployment_id)
  })
  const moves = (found ?? []).slice(0, first)
  return Object.assign(new TargetMoves(), {
    id: moves.map(({ id }) => Number(id)),
    idx: moves.map(({ idx }) => idx),
    at: moves.map(({ at }) => at),
    state: moves.map(({ state }) => state),
    confirmation: moves.map(({ confirmation }) => confirmation),
    percent: moves.map(({ percent }) => percent),
    hasMore: (found?.length ?? 0) > first,
  })
}
