import type { EntityManager } from '@mikro-orm/postgresql'
import type { Services } from '../../kernel/context.ts'
import { BadInput, VersionConflict } from '../../kernel/errors.ts'
import type { Jobs } from '../../kernel/jobs.ts'
import { toNodeId } from '../../kernel/node-id.ts'
import { row, rows } from '../../kernel/sql.ts'
import { enqueueRecompute } from './recompute.ts'
import type { ClassRule, HostRule, IdentifierRule, JunkValue, ValueRule } from './rule.ts'
import { checkRule, type Nameable } from './rule.check.ts'
import { loadRules, RULE, rulesChanged } from './rule.store.ts'
import type { IdentityRules } from './rules.ts'

export interface RuleChange {
  className: string
  identifiers?: IdentifierRule[] | null
  host?: HostRule | null
  values?: ValueRule[] | null
  /** Null: as the parent class says; undefined: as it is. */
  insertFrom?: string[] | null
  expectedVersion?: number | null
}

/** Replaces what is given of a class's rule; everything that was recognised by it is worked out anew. */
export async function setRule(
  em: EntityManager,
  services: Pick<Services, 'catalogue' | 'jobs'> & Partial<Pick<Services, 'adapters' | 'integrations'>>,
  change: RuleChange,
): Promise<ClassRule> {
  const { className } = change
  const rules = await loadRules(em, services.catalogue)
  if (className !== '*' && !rules.classNames.includes(className)) {
    throw new BadInput(`There is no class ${className.slice(0, 80)}; * stands for every class.`, {
      field: ['className'],
      rule: 'class',
    })
  }
  const known = await row<ClassRule>(em, `select ${RULE} from identity_rule where class_name = $1 for update`, [
    className,
  ])
  if (change.expectedVersion != null && change.expectedVersion !== (known?.version ?? 0))
    throw new VersionConflict(`The rule of ${className}`, change.expectedVersion, known?.version ?? 0)
  const next = {
    identifiers: change.identifiers ?? known?.identifiers ?? [],
    host: change.host === undefined ? (known?.host ?? null) : change.host,
    values: change.values ?? known?.values ?? [],
    insertFrom: change.insertFrom === undefined ? (known?.insertFrom ?? null) : change.insertFrom,
  }
  checkRule(next, await nameable(em, services, rules, known))
  const kept = await row<ClassRule>(
    em,
    `insert into identity_rule as r (class_name, identifiers, host, "values", insert_from) values ($1, $2::jsonb, $3::jsonb, $4::jsonb, $5::jsonb)
     on conflict (class_name) do update set identifiers = excluded.identifiers, host = excluded.host, "values" = excluded."values",
       insert_from = excluded.insert_from, version = r.version + 1, updated_at = now()
     returning ${RULE}`,
    [
      className,
      JSON.stringify(next.identifiers),
      next.host && JSON.stringify(next.host),
      JSON.stringify(next.values),
      next.insertFrom && JSON.stringify(next.insertFrom),
    ],
  )
  await rulesChanged(em)
  await enqueueRecompute(em, services.jobs)
  return kept!
}

/** What a rule can name here, and what it named before. */
async function nameable(
  em: EntityManager,
  services: Partial<Pick<Services, 'adapters' | 'integrations'>>,
  { catalogue }: IdentityRules,
  known: ClassRule | null,
): Promise<Nameable> {
  const before = JSON.stringify(known ?? {})
  const was = (name: string) => before.includes(JSON.stringify(name))
  const products = await rows<{ uuid: string; kind: string }>(em, 'select uuid, kind from management_product')
  const sources = new Set([
    'confirmation',
    ...(services.adapters?.keys() ?? []),
    ...(services.integrations?.keys() ?? []),
    ...products.flatMap(({ uuid, kind }) => [kind, uuid, toNodeId('prd', uuid)]),
  ])
  return {
    isClass: (name) => catalogue.class(name) !== undefined || was(name),
    isRelationshipType: (name) => catalogue.relationshipTypes.some((one) => one.name === name) || was(name),
    isSource: (name) => sources.has(name) || was(name),
  }
}

/** Adds and removes values that say nothing. */
export async function changeJunk(
  em: EntityManager,
  jobs: Jobs,
  add: readonly JunkValue[],
  remove: readonly JunkValue[],
): Promise<void> {
  for (const { kind, pattern } of add) {
    if (
      !/^(\*|[A-Za-z][\w.-]{0,79})$/.test(kind) ||
      pattern.trim().length < 1 ||
      pattern.length > 200 ||
      /^\**$/.test(pattern.trim())
    )
      throw new BadInput(
        `"${kind.slice(0, 80)}: ${pattern.slice(0, 80)}" is no junk value: a kind or *, and a text of 1 to 200 characters that is more than *.`,
        {
          field: ['add'],
          rule: 'junk value',
        },
      )
  }
  const columns = 'as j(kind text, pattern text)'
  await rows(
    em,
    `delete from junk_value v using json_to_recordset($1::json) ${columns} where v.kind = j.kind and v.pattern = j.pattern`,
    [JSON.stringify(remove)],
  )
  await rows(
    em,
    `insert into junk_value select kind, pattern from json_to_recordset($1::json) ${columns} on conflict do nothing`,
    [JSON.stringify(add)],
  )
  await rulesChanged(em)
  await enqueueRecompute(em, jobs)
}
