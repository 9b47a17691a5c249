/** Which of the seen relationships a promotion would authorize, and which it would leave out, decided as {@link relateLinked} decides. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { rulesBrokenNow } from '../item/relationship-rules.ts'
import type { NotRelated } from './promotion-preview.type.ts'
import { isAlive, leftOut, seenEdges, type End } from './seen-edges.ts'

/** So many of each kind are named. */
const TOLD = 3

interface Relating {
  related: number
  notRelated: NotRelated[]
}

/** `coming` are the items that would be made or linked, as they would be then. */
export async function previewRelationships(
  em: EntityManager,
  catalogue: Catalogue,
  actualIds: readonly string[],
  coming: readonly End[],
): Promise<Relating> {
  const seen = await seenEdges(em, actualIds, coming)
  const left = leftOut(seen, await rulesBrokenNow(em, catalogue, seen.filter(isAlive), [], coming))
  const groups = Map.groupBy(left, ({ edge: { type, source, target }, rule }) =>
    JSON.stringify([type, source.className, target.className, rule]),
  )
  const notRelated = [...groups.values()].map((all): NotRelated => {
    const { edge, rule } = all[0]!
    return {
      type: edge.type,
      sourceClass: edge.source.className,
      targetClass: edge.target.className,
      rule,
      count: all.length,
      examples: all.slice(0, TOLD).map(({ edge: { source, target }, why }) => ({
        sourceId: source.actualId,
        targetId: target.actualId,
        why,
      })),
    }
  })
  return {
    related: seen.length - left.length,
    notRelated: notRelated.sort((one, other) => other.count - one.count || one.type.localeCompare(other.type)),
  }
}
