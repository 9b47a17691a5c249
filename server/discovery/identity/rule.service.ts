import type { EntityManager } from '@mikro-orm/postgresql'
import type { Services } from '../../kernel/context.ts'
import { BadInput, VersionConflict } from '../../kernel/errors.ts'
import type { Jobs } from '../../kernel/jobs.ts'
import { row, rows } from '../../kernel/sql.ts'
import { enqueueRecompute } from './recompute.ts'
import type { ClassRule, HostRule, IdentifierRule, JunkValue, ValueRule } from './rule.ts'
import { loadRules, rulesChanged } from './rule.store.ts'

export interface RuleChange {
  className: string
  identifiers?: IdentifierRule[] | null
  host?: HostRule | null
  values?: ValueRule[] | null
  expectedVersion?: number | null
}

/** Replaces what is given of a class's rule; everything that was recognised by it is worked out anew. */
export async function setRule(
  em: EntityManager,
  services: Pick<Services, 'catalogue' | 'jobs'>,
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
  const known = await row<ClassRule>(
    em,
    `select class_name as "className", identifiers, host, "values", version from identity_rule where class_name = $1 for update`,
    [className],
  )
  if (change.expectedVersion != null && change.expectedVersion !== (known?.version ?? 0))
    throw new VersionConflict(`The rule of ${className}`, change.expectedVersion, known?.version ?? 0)
  const next = {
    identifiers: change.identifiers ?? known?.identifiers ?? [],
    host: change.host === undefined ? (known?.host ?? null) : change.host,
    values: change.values ?? known?.values ?? [],
  }
  checkIdentifiers(next.identifiers)
  checkValues(next.values)
  const strange = [
    ...(next.host?.classNames ?? []),
    ...next.identifiers.flatMap(({ lookup }) => (lookup ? [lookup.className] : [])),
  ].find((name) => !rules.classNames.includes(name))
  // Rules may name classes that somebody adds later; of what a person writes now, a slip of the pen is likelier.
  if (strange && !JSON.stringify(known ?? {}).includes(`"${strange}"`))
    throw new BadInput(`There is no class ${strange.slice(0, 80)}.`, { field: ['host'], rule: 'class' })
  const kept = await row<ClassRule>(
    em,
    `insert into identity_rule as r (class_name, identifiers, host, "values") values ($1, $2::jsonb, $3::jsonb, $4::jsonb)
     on conflict (class_name) do update set identifiers = excluded.identifiers, host = excluded.host, "values" = excluded."values",
       version = r.version + 1, updated_at = now()
     returning class_name as "className", identifiers, host, "values", version`,
    [className, JSON.stringify(next.identifiers), next.host && JSON.stringify(next.host), JSON.stringify(next.values)],
  )
  await rulesChanged(em)
  await enqueueRecompute(em, services.jobs)
  return kept!
}

function checkIdentifiers(list: readonly IdentifierRule[]): void {
  const fault = (message: string) => new BadInput(message, { field: ['identifiers'], rule: 'identifiers of a class' })
  for (const [index, { name, by, minOverlap }] of list.entries()) {
    if (!/^[a-z][a-z0-9-]{0,49}$/.test(name))
      throw fault(`"${name.slice(0, 60)}" is no name of an identifier: small letters, digits and hyphens.`)
    if (list.findIndex((one) => one.name === name) !== index) throw fault(`Two identifiers are called ${name}.`)
    if (by.length > 5 || by.some((one) => !/^[A-Za-z][\w.-]{0,79}\??$/.test(one)))
      throw fault(`${name} takes up to five names of attributes or kinds of identifiers.`)
    if (minOverlap != null && (minOverlap < 1 || minOverlap > 100))
      throw fault(`${name}: between 1 and 100 values in common.`)
  }
}

function checkValues(list: readonly ValueRule[]): void {
  for (const [index, { attribute, staleAfter }] of list.entries()) {
    if (list.findIndex((one) => one.attribute === attribute) !== index)
      throw new BadInput(`There are two rules for ${attribute}.`, {
        field: ['values'],
        rule: 'one rule for an attribute',
      })
    if (staleAfter != null && staleAfter < 1)
      throw new BadInput(`${attribute}: staleAfter is at least 1 s.`, { field: ['values'], rule: 'staleness' })
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
