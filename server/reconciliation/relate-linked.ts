/** What promotion makes of relationships that discovery sees between linked items, and what it leaves out, said item by item. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { BadInput } from '../kernel/errors.ts'
import type { Because } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { addRelationships, type Edge } from '../item/edges.ts'
import { refuseBroken, rulesBrokenBy, rulesBrokenNow } from '../item/relationship-rules.ts'
import { NOTHING, type Finding } from './compare.ts'
import { ignoreRules, isIgnored, type Rules } from './ignore.ts'
import type { ReconciliationResult } from './reconciliation-result.entity.ts'
import { keepResults } from './results.store.ts'
import { gone, isAlive, keyOf, leftOut, seenEdges, type LeftOut, type SeenEdge } from './seen-edges.ts'

/** Of results about relationships that a rule keeps from being authorized. */
export const NOT_RELATED = 'NOT_RELATED'

/** So many are told of in the sentence of one result. */
const TOLD = 3

/** Authorizes what is seen between these items and others that are linked. What breaks a rule is left out, and is an open result from then on. */
export async function relateLinked(
  em: EntityManager,
  catalogue: Catalogue,
  actualIds: readonly string[],
  because: Because,
): Promise<void> {
  const seen = (await seenEdges(em, actualIds)).filter(isAlive)
  const broken = await rulesBrokenBy(em, catalogue, seen)
  const stays = new Set<Edge>(broken.map(({ edge }) => edge))
  const coming = seen.filter((edge) => !stays.has(edge))
  if (coming.length > 0) await addRelationships(em, coming, because)
  // Looked at again, since what was added moved items into other scopes.
  const left = leftOut(await seenEdges(em, actualIds), broken)
  const findings = findingsOf(catalogue, left, new Set(actualIds), await ignoreRules(em))
  await keepResults(em, { run: null, only: { code: NOT_RELATED, actualIds } }, findings)
}

/** What still cannot be authorized of what promotions ever left out, also where a person called it resolved. Changes nothing. */
export async function stillLeftOut(em: EntityManager, catalogue: Catalogue, taskId: string): Promise<Finding[]> {
  const earlier = await rows<{ actual: string }>(
    em,
    `select distinct actual_item_id as actual from reconciliation_result where code = $1 and task_id = $2`,
    [NOT_RELATED, taskId],
  )
  if (earlier.length === 0) return []
  const actualIds = earlier.map(({ actual }) => actual)
  const seen = await seenEdges(em, actualIds)
  const left = leftOut(seen, await rulesBrokenNow(em, catalogue, seen.filter(isAlive)))
  return findingsOf(catalogue, left, new Set(actualIds), await ignoreRules(em))
}

/** Authorizes what these results say was left out, all of it; refuses with the rule that still stands against it. */
export async function relateLeftOut(
  em: EntityManager,
  catalogue: Catalogue,
  results: readonly ReconciliationResult[],
  because: Because,
): Promise<void> {
  if (results.length === 0) return
  const seen = await seenEdges(
    em,
    results.map(({ actualItemId }) => actualItemId!),
  )
  const taken = new Map<string, SeenEdge>()
  for (const { id, configurationItemId, relationships } of results) {
    for (const { type, other, otherId } of relationships) {
      const edge = seen.find((one) => {
        const from = seenFrom(catalogue, one, configurationItemId!)
        return from.type === type && from.other.uuid === uuidOf(otherId, 'ci')
      })
      const dead = edge && (gone(edge.source) ?? gone(edge.target))
      if (!edge || dead) {
        const message =
          dead ?? `${type} ${other} is not seen any more, or authorized by now; reconcile again, then decide.`
        throw new BadInput(message, { itemId: id, rule: dead ? 'decommissioned' : 'still as compared' })
      }
      taken.set(keyOf(edge), edge)
    }
  }
  const edges = [...taken.values()]
  refuseBroken(await rulesBrokenBy(em, catalogue, edges), ['id'])
  await addRelationships(em, edges, because)
}

/** The relationship as it reads from one of its ends. */
function seenFrom(catalogue: Catalogue, { type, source, target }: SeenEdge, itemId: string) {
  return source.uuid === itemId
    ? { type, other: target }
    : { type: catalogue.relationshipType(type)?.inverse ?? type, other: source }
}

/** One finding for each item, at the source of the relationship where that is among those asked about; without what rules ignore. */
function findingsOf(
  catalogue: Catalogue,
  left: readonly LeftOut[],
  asked: ReadonlySet<string>,
  rules: Rules,
): Finding[] {
  const about = ({ edge }: LeftOut) => (asked.has(edge.source.actualId) ? edge.source : edge.target)
  const shown = left.filter((one) => {
    const { uuid, actualId, className } = about(one)
    const finding = { kind: 'LINK_FAILURE' as const, className, configurationItemId: uuid, actualItemId: actualId }
    const { type } = seenFrom(catalogue, one.edge, uuid)
    return !isIgnored(rules, finding, type) && !isIgnored(rules, finding, null)
  })
  return [...Map.groupBy(shown, (one) => about(one).uuid).values()].map((all): Finding => {
    const item = about(all[0]!)
    const told = all.slice(0, TOLD).map(({ edge: { type, source, target }, rule, why }) => {
      const title = catalogue.relationshipType(type)?.title ?? type
      return `${source.name} ${title} ${target.name}, as it is seen, was not authorized: ${why} (Rule: ${rule}.)`
    })
    const more = all.length > TOLD ? [`And ${all.length - TOLD} more of its relationships.`] : []
    const ends = all.map(({ edge }) => seenFrom(catalogue, edge, item.uuid))
    return {
      ...NOTHING,
      kind: 'LINK_FAILURE',
      configurationItemId: item.uuid,
      actualItemId: item.actualId,
      className: item.className,
      code: NOT_RELATED,
      message: [...told, ...more].join(' '),
      relationships: ends.map(({ type, other }) => ({
        type,
        other: other.name,
        otherId: toNodeId('ci', other.uuid),
        authorized: false,
      })),
      // Only who sees all the ends reads of their relationships.
      scopeIds: item.scopeIds.filter((scope) => ends.every(({ other }) => other.scopeIds.includes(scope))),
    }
  })
}
