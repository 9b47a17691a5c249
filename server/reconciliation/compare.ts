/** What is authorized against what was seen: one finding for each item at which they differ. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { authorizedStates, type ItemState } from '../item/item.lifecycle.ts'
import { differencesOf } from './compare-attributes.ts'
import { relationshipDifferences } from './compare-relationships.ts'
import { changedValues, type ChangedValue } from './drift.ts'
import { ignoreRules, isIgnored } from './ignore.ts'
import type { Match } from './matches.ts'
import { broughtBy, fittingClasses, seenClassesOf, type Brought } from './promotion-mapping.ts'
import type { PromotionMapping } from './promotion-mapping.type.ts'
import type {
  Difference,
  Explanation,
  ReconciliationKind,
  RelationshipDifference,
} from './reconciliation-result.entity.ts'
import type { ReconciliationTask } from './reconciliation-task.entity.ts'

export interface Finding {
  kind: ReconciliationKind
  configurationItemId: string | null
  actualItemId: string | null
  className: string
  code: string
  message: string
  differences: Difference[]
  relationships: RelationshipDifference[]
  candidateIds: string[]
  explanation: Explanation | null
  scopeIds: string[]
}

export interface Comparison {
  compared: number
  /** Pairs without a difference. */
  matches: Match[]
  /** Findings that rules keep from being shown. */
  ignored: number
  findings: Finding[]
}

interface Pair {
  item: string
  name: string
  actual: string
  class_name: string
  seen_class: string
  scope_ids: string[]
  actual_state: string
  state: ItemState
  authorized: Record<string, unknown>
  seen: Record<string, unknown>
}

/** The items of the task: those its filter takes, and with its depth what is inside them. `$1` classes, `$2` site, `$3` depth, `$4` types. */
const ITEMS = `with recursive inside(uuid, step) as (
    select c.uuid, 1 from configuration_item c
      where (cardinality($1::text[]) = 0 or c.class_name = any($1)) and ($2::uuid is null or c.scope_ids @> array[$2::uuid])
    union
    select r.source_id, i.step + 1 from inside i join relationship r on r.target_id = i.uuid and r.valid_to is null and r.type = any($4)
      where i.step < $3)`

/** Compares the linked pairs of the task, and lists what is seen without being authorized. A fixed number of statements. */
export async function compareAll(
  em: EntityManager,
  catalogue: Catalogue,
  task: ReconciliationTask,
  mappings: readonly PromotionMapping[][],
): Promise<Comparison> {
  const pairs = await rows<Pair>(
    em,
    `${ITEMS} select c.uuid as item, c.name, a.uuid as actual, c.class_name, a.class_name as seen_class, c.scope_ids::text[] as scope_ids, a.state as actual_state, c.state,
       c.attributes as authorized, a.attributes as seen
     from configuration_item c join actual_item a on a.uuid = c.actual_item_id
     where c.state <> 'DECOMMISSIONED' and c.uuid in (select uuid from inside)`,
    [
      catalogue.withSubclasses(task.classNames),
      task.siteId,
      task.depth,
      catalogue.relationshipTypes.filter(({ containment }) => containment).map(({ name }) => name),
    ],
  )
  const strangers = await strangersTo(
    em,
    task,
    seenClassesOf(catalogue, task.classNames, fittingClasses(catalogue, mappings)),
  )
  const relationships =
    task.depth === 0
      ? new Map<string, RelationshipDifference[]>()
      : await relationshipDifferences(
          em,
          pairs.map(({ item }) => item),
        )
  const brought = broughtBy(catalogue, mappings)
  const rules = await ignoreRules(em)
  const found = [
    ...pairs.flatMap((pair) => findingOf(catalogue, pair, task, brought, relationships.get(pair.item) ?? [])),
    ...strangers.map(({ uuid, name, class_name: className }): Finding => ({
      ...NOTHING,
      kind: 'UNEXPECTED',
      configurationItemId: null,
      actualItemId: uuid,
      className,
      code: 'NOT_AUTHORIZED',
      message: `${name} is seen, and nobody authorized it.`,
    })),
  ]
  const findings = found.flatMap((finding) => {
    const { differences, relationships } = finding
    const left = {
      ...finding,
      differences: differences.filter(({ attribute }) => !isIgnored(rules, finding, attribute)),
      relationships: relationships.filter(({ type }) => !isIgnored(rules, finding, type)),
    }
    const isEmpty = finding.kind === 'MISMATCH' && left.differences.length + left.relationships.length === 0
    return isEmpty || isIgnored(rules, finding, null) ? [] : [left]
  })
  await explain(em, findings)
  const different = new Set(found.map(({ configurationItemId }) => configurationItemId))
  return {
    compared: pairs.length,
    matches: pairs.flatMap(({ item, actual, actual_state: state }) =>
      different.has(item) ? [] : [{ item, actual, code: state === 'PRESENT' ? 'AS_AUTHORIZED' : 'NOT_EXPECTED' }],
    ),
    ignored: found.length - findings.length,
    findings,
  }
}

export const NOTHING = {
  differences: [],
  relationships: [],
  candidateIds: [],
  explanation: null,
  scopeIds: [],
} satisfies Partial<Finding>

/** Of what is in no site before it is authorized, a task for one site lists nothing. */
function strangersTo(em: EntityManager, task: ReconciliationTask, classNames: readonly string[]) {
  return rows<{ uuid: string; name: string; class_name: string }>(
    em,
    `select a.uuid, a.name, a.class_name from actual_item a where a.state = 'PRESENT' and $2::uuid is null
       and (cardinality($1::text[]) = 0 or a.class_name = any($1))
       and not exists (select from configuration_item c where c.actual_item_id = a.uuid)`,
    [classNames, task.siteId],
  )
}

function findingOf(
  catalogue: Catalogue,
  pair: Pair,
  task: ReconciliationTask,
  brought: Brought,
  relationships: RelationshipDifference[],
): Finding[] {
  const { item, actual, name, class_name: className, scope_ids: scopeIds } = pair
  const both = { ...NOTHING, configurationItemId: item, actualItemId: actual, className, scopeIds }
  if (pair.actual_state !== 'PRESENT') {
    // What is in store or not ready is not expected to be seen.
    if (!authorizedStates.includes(pair.state)) return []
    const message = `${name} is authorized, and discovery does not see it any more.`
    return [{ ...both, kind: 'MISSING', code: 'NOT_SEEN', message }]
  }
  const { authorized, seen_class: seenClass, seen } = pair
  const differences = differencesOf(catalogue, { className, authorized, seenClass, seen }, task, brought)
  if (differences.length + relationships.length === 0) return []
  const parts = [
    ...differences.map(({ attribute }) => attribute),
    ...relationships.map(
      ({ type, other, authorized }) => `${type} ${other} (${authorized ? 'not seen' : 'only seen'})`,
    ),
  ]
  const code = differences.length > 0 ? 'ATTRIBUTES_DIFFER' : 'RELATIONSHIPS_DIFFER'
  return [
    { ...both, kind: 'MISMATCH', code, message: `${name} differs: ${parts.join(', ')}.`, differences, relationships },
  ]
}

/** Says of each actual value that differs which deployment brought it; what changed without one is drift. */
async function explain(em: EntityManager, findings: Finding[]): Promise<void> {
  const mismatches = findings.filter(({ kind }) => kind === 'MISMATCH')
  const changes = await changedValues(
    em,
    mismatches.map(({ actualItemId }) => actualItemId!),
  )
  for (const finding of mismatches) {
    const all = changes.get(finding.actualItemId!) ?? []
    finding.differences = finding.differences.map((difference) => explained(difference, all))
    const said = finding.differences.map(({ explanation }) => explanation)
    finding.explanation = said.includes('UNEXPLAINED') ? 'UNEXPLAINED' : said.includes('EXPLAINED') ? 'EXPLAINED' : null
  }
}

function explained(difference: Difference, changes: readonly ChangedValue[]): Difference {
  const change = changes.find(({ attribute }) => attribute === difference.attribute)
  if (!change) return difference
  const { deploymentId, deploymentNumber } = change
  return { ...difference, explanation: deploymentId ? 'EXPLAINED' : 'UNEXPLAINED', deploymentId, deploymentNumber }
}
