/** What is not linked, or not related as it is seen, stays so: by rules of the kind that ignore, which can be switched off. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { BadInput } from '../kernel/errors.ts'
import { changed, type Because } from '../kernel/move.ts'
import { ReconciliationIgnoreRule } from './ignore-rule.entity.ts'
import { NOT_RELATED } from './relate-linked.ts'
import type { ReconciliationResult } from './reconciliation-result.entity.ts'

/** One rule for what was seen; of what was left out, one for each type of relationship of the item. */
export async function keepApartByRule(
  em: EntityManager,
  result: ReconciliationResult,
  because: Because,
): Promise<void> {
  const reason = because.reason?.trim()
  if (!reason) {
    throw new BadInput('Say why it stays as it is: the reason is kept with the rule.', {
      field: ['comment'],
      itemId: result.id,
      rule: 'reason',
    })
  }
  const { configurationItemId, actualItemId, scopeIds } = result
  const about =
    result.code === NOT_RELATED
      ? [...new Set(result.relationships.map(({ type }) => type))].map((attribute) => ({
          attribute,
          configurationItemId,
          actualItemId: null,
        }))
      : [{ attribute: null, configurationItemId: null, actualItemId }]
  for (const one of about) {
    const known = { kind: 'LINK_FAILURE' as const, className: null, ...one }
    if ((await em.count(ReconciliationIgnoreRule, { ...known, active: true })) > 0) continue
    const rule = Object.assign(new ReconciliationIgnoreRule(), { ...known, reason, scopeIds })
    await changed(em, rule, 'create', because)
  }
}
