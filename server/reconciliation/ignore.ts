import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'
import type { ReconciliationKind } from './reconciliation-result.entity.ts'

interface IgnoreRule {
  kind: ReconciliationKind | null
  class_name: string | null
  attribute: string | null
  configuration_item_id: string | null
  actual_item_id: string | null
}

export interface Ignorable {
  kind: ReconciliationKind
  className: string
  configurationItemId: string | null
  actualItemId: string | null
}

export type Rules = readonly IgnoreRule[]

/** Those in force. */
export const ignoreRules = (em: EntityManager) =>
  rows<IgnoreRule>(
    em,
    'select kind, class_name, attribute, configuration_item_id, actual_item_id from reconciliation_ignore_rule where active',
  )

/** Whether a rule fits a finding as a whole (`part` null), or one attribute or type of relationship of it. */
export function isIgnored(rules: readonly IgnoreRule[], finding: Ignorable, part: string | null): boolean {
  return rules.some(
    (rule) =>
      rule.attribute === part &&
      fits(rule.kind, finding.kind) &&
      fits(rule.class_name, finding.className) &&
      fits(rule.configuration_item_id, finding.configurationItemId) &&
      fits(rule.actual_item_id, finding.actualItemId),
  )
}

const fits = (wanted: string | null, value: string | null) => wanted === null || wanted === value
