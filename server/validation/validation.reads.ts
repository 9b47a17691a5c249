import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import type { NodePrefix } from '../kernel/node-id.ts'
import { childPage } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { Finding } from './finding.entity.ts'
import { catalogue, predicateOf } from './predicates/catalogue.ts'
import type { Predicate } from './predicates/predicate.ts'
import type { Fact } from './recorder.ts'
import { Validation } from './validation.entity.ts'
import { latestValidations } from './validation.service.ts'

/** A page would be cut off by more; the digest is over all of them. */
const SHOWN_FACTS = 1_000

async function validationsByUuid(context: Context, uuids: string[]): Promise<Map<string, Validation>> {
  const values: unknown[] = [uuids]
  const scope = scopeCondition(viewerOf(context), 'deployment.read', 'd.scope_ids', values)
  const found = await rows<object>(
    context.em,
    `select v.* from validation v join deployment d on d.uuid = v.deployment_id
     where v.uuid = any($1::uuid[]) ${scope ? `and ${scope}` : ''}`,
    values,
  )
  return byKey(lean(context.em, Validation, found), (validation) => validation.uuid)
}

/** One validation whose deployment the caller may see. */
export function validationOf(context: Context, uuid: string): Promise<Validation | null> {
  return batch(context, 'validation', uuid, (uuids) => validationsByUuid(context, uuids))
}

/** The latest validation of a deployment; two statements for all deployments of a level. */
export async function latestValidationOf(context: Context, deploymentId: string): Promise<Validation | null> {
  return batch(context, 'validation.latest', deploymentId, async (deploymentIds) => {
    const latest = await latestValidations(context.em, deploymentIds)
    const found = await validationsByUuid(context, [...latest.values()])
    return byKey([...found.values()], (validation) => validation.deploymentId)
  })
}

/** Findings about what the caller sees, the worst first, then as they were found. */
export function findingsOf(context: Context, validationId: string, page: PageArgs): Promise<Page<Finding>> {
  const values: unknown[] = []
  const scope = aboutSeen(context, values)
  return childPage(
    context,
    'findings',
    validationId,
    'f.validation_id',
    {
      select: 'f.*',
      from: 'finding f',
      where: scope ? [scope] : [],
      values,
      order: [
        { column: `array_position(array['BLOCK', 'WARNING', 'PASS'], f.severity)`, cast: 'int' },
        { column: 'f.place', cast: 'int' },
      ],
    },
    page,
    (found) => veiled(context, lean(context.em, Finding, found)),
  )
}

/**
 * That a finding is about an item that the caller sees, or about the plan as a whole. One target within reach lets somebody
 * see a deployment, but nothing of its other targets (D12). Null: the caller sees everything.
 */
function aboutSeen(context: Context, values: unknown[]): string | null {
  const scope = scopeCondition(viewerOf(context), 'deployment.read', 'i.scope_ids', values)
  return (
    scope && `(f.item_id is null or exists (select from configuration_item i where i.uuid = f.item_id and ${scope}))`
  )
}

/** What a finding says of things beyond its item is for who sees the whole estate; others hear how many there are. */
function veiled(context: Context, findings: Finding[]): Finding[] {
  if (viewerOf(context).reach('deployment.read') === 'estate') return findings
  for (const finding of findings) {
    const { elsewhere, count } = finding.evidence
    if (!Array.isArray(elsewhere)) continue
    finding.evidence = { count: count ?? elsewhere.length }
    finding.message = `${finding.itemName ?? 'The plan'}: ${String(finding.evidence.count)} in all. Which, is said to those who see the whole estate.`
  }
  return findings
}

/** Findings by their UUIDs in the order found, those that the caller may see. */
export async function findingsByUuid(context: Context, uuids: readonly string[]): Promise<Finding[]> {
  const values: unknown[] = [uuids]
  const scope = scopeCondition(viewerOf(context), 'deployment.read', 'd.scope_ids', values)
  const conditions = [scope, aboutSeen(context, values)].filter((each) => each !== null)
  const found = await rows<object>(
    context.em,
    `select f.* from finding f join validation v on v.uuid = f.validation_id join deployment d on d.uuid = v.deployment_id
     where f.uuid = any($1::uuid[]) ${conditions.map((each) => `and ${each}`).join(' ')} order by f.place`,
    values,
  )
  return veiled(context, lean(context.em, Finding, found))
}

/**
 * What a validation read, at most the first 1,000. Who sees only a part of the estate is told of the items there and of
 * packages, where the values name nothing else.
 */
export async function shownFacts(context: Context, validationId: string): Promise<(Fact & { kind: string })[]> {
  const values: unknown[] = [validationId, SHOWN_FACTS]
  const scope = scopeCondition(viewerOf(context), 'deployment.read', 'i.scope_ids', values)
  const named = (wanted: (predicate: Predicate) => boolean) =>
    `$${values.push(Object.keys(catalogue).filter((name) => wanted(predicateOf(name)!)))}`
  const seen =
    scope &&
    `and not predicate = any(${named(({ namesOthers }) => namesOthers === true)})
     and (predicate = any(${named(({ subject }) => subject === 'packageVersion')})
       or exists (select from configuration_item i where i.uuid = f.subject and ${scope}))`
  const found = await rows<Fact>(
    context.em,
    `select predicate, subject, value from validation_fact f where validation_id = $1 ${seen ?? ''}
     order by predicate, subject limit $2`,
    values,
  )
  const order = Object.keys(catalogue)
  return found
    .map((fact) => ({ ...fact, kind: predicateOf(fact.predicate)?.kind ?? 'FACT' }))
    .sort((a, b) => order.indexOf(a.predicate) - order.indexOf(b.predicate))
}

/** For `node(id)`. */
export const validationNodeLoaders: Partial<
  Record<NodePrefix, (context: Context, uuids: string[]) => Promise<Map<string, object>>>
> = {
  val: validationsByUuid,
  fnd: async (context, uuids) => byKey(await findingsByUuid(context, uuids), (finding) => finding.uuid),
}
