/** What stands against taking something out of the catalogue: everything that uses it, counted, the first few by name. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { BadInput } from '../kernel/errors.ts'
import { rows } from '../kernel/sql.ts'
import { counted } from './violations.ts'

/** So many of each kind are named in a refusal. */
const NAMED = 3

/** SQL by kind of user: the names of those that use class `$1`. */
const usersOfClass = {
  'configuration item': `select name from configuration_item where class_name = $1 and state <> 'DECOMMISSIONED'`,
  'actual item': `select name from actual_item where class_name = $1 and state <> 'RETIRED'`,
  // Also what its mappings make things into; what they make them of may be abstract.
  'promotion scope': `select name from promotion_scope where class_name = $1
    or jsonb_path_exists(mappings, '$[*].authorizedClass ? (@ == $name)', jsonb_build_object('name', $1::text))`,
  'promotion mapping': `select 'of ' || name as name from promotion_scope
    where jsonb_path_exists(mappings, '$[*].actualClass ? (@ == $name)', jsonb_build_object('name', $1::text))`,
  'relationship rule': `select source_class || ' ' || type || ' ' || target_class as name from relationship_rule
    where $1 in (source_class, target_class)`,
  'reconciliation task': `select name from reconciliation_task where $1 = any(class_names)`,
  'ignore rule': `select '“' || reason || '”' as name from reconciliation_ignore_rule where class_name = $1`,
  // A rule that says nothing is as good as none.
  'identity rule': `select 'of ' || class_name as name from identity_rule where host->'classNames' ? $1
    or jsonb_path_exists(identifiers, '$[*].lookup ? (@.className == $name)', jsonb_build_object('name', $1::text))
    or class_name = $1 and (identifiers <> '[]' or host is not null or "values" <> '[]')`,
}
type ClassUser = keyof typeof usersOfClass

const THINGS = ['configuration item', 'actual item', 'promotion scope'] as const satisfies ClassUser[]
const NAMING = [
  ...THINGS,
  'promotion mapping',
  'reconciliation task',
  'ignore rule',
  'identity rule',
] as const satisfies ClassUser[]

/** What each change of a class must not find. Its relationship rules go along to another name, but not to nothing. */
const inTheWay: Record<'made abstract' | 'renamed' | 'retired', readonly ClassUser[]> = {
  'made abstract': THINGS,
  renamed: NAMING,
  retired: [...NAMING, 'relationship rule'],
}

/** Refuses when something uses exactly this class; `hint` says what to do instead. */
export async function refuseClassInUse(
  em: EntityManager,
  name: string,
  what: keyof typeof inTheWay,
  hint = '',
): Promise<void> {
  const users = inTheWay[what].map((kind) => ({ kind, sql: usersOfClass[kind] }))
  const used = await usedBy(em, users, [name])
  if (used.length === 0) return
  const said = used.map((use) => `by ${words(use)}`).join(', ')
  throw inUse(`${name} is in use and cannot be ${what}${hint}: ${said}.`, used)
}

/** Refuses when an item of one of the classes, authorized or seen, has a value of the attribute. */
export async function refuseAttributeInUse(
  em: EntityManager,
  attribute: { name: string; title: string; className: string },
  classes: readonly string[],
): Promise<void> {
  const holders = (table: string, gone: string) =>
    `select name || ': ' || left(attributes->>$2, 40) as name from ${table}
     where class_name = any($1::text[]) and state <> '${gone}' and attributes->$2 <> 'null'::jsonb`
  const users = [
    { kind: 'configuration item', sql: holders('configuration_item', 'DECOMMISSIONED') },
    { kind: 'actual item', sql: holders('actual_item', 'RETIRED') },
  ]
  const used = await usedBy(em, users, [classes, attribute.name])
  if (used.length === 0) return
  const { title, name, className } = attribute
  const said = used.map(words).join(' and ')
  const one = used.length === 1 && used[0]!.count === 1
  const seen = used.some(({ kind }) => kind === 'actual item')
  const hint = seen ? ' What was seen goes when no source tells it any more.' : ''
  throw inUse(
    `${title} (${className}.${name}) is in use and cannot be removed: ${said} ${one ? 'has' : 'have'} a value of it. Take those values away first.${hint}`,
    used,
  )
}

/** Refuses when relationships of the type stand; to be retired, also while discovery sees some or an identity rule goes by it. */
export async function refuseTypeInUse(
  em: EntityManager,
  name: string,
  what: 'be retired' | 'change what is inside what',
): Promise<void> {
  const edges = (table: string, items: string, stands: string) =>
    `select s.name || ' → ' || t.name as name from ${table} r join ${items} s on s.uuid = r.source_id
       join ${items} t on t.uuid = r.target_id where r.type = $1 and r.${stands} is null`
  const standing = { kind: 'relationship', sql: edges('relationship', 'configuration_item', 'valid_to') }
  const others = [
    { kind: 'actual relationship', sql: edges('actual_relationship', 'actual_item', 'gone_at') },
    {
      kind: 'identity rule',
      sql: `select 'of ' || class_name as name from identity_rule where host->'types' ? $1`,
    },
  ]
  const used = await usedBy(em, what === 'be retired' ? [standing, ...others] : [standing], [name])
  if (used.length === 0) return
  throw inUse(
    `${name} cannot ${what}, because it is in use: by ${used.map(words).join(', by ')}. Remove them first.`,
    used,
  )
}

interface Use {
  kind: string
  count: number
  names: string[]
}

/** One statement, in the order of the kinds; those without a use are left out. */
async function usedBy(
  em: EntityManager,
  users: readonly { kind: string; sql: string }[],
  values: readonly unknown[],
): Promise<Use[]> {
  const parts = users.map(
    ({ kind, sql }, place) =>
      `select ${place} as place, '${kind}' as kind, count(*)::int as count, (array_agg(name order by name))[1:${NAMED}] as names from (${sql}) u`,
  )
  const found = await rows<Use>(em, `${parts.join(' union all ')} order by place`, values)
  return found.filter(({ count }) => count > 0)
}

const words = ({ kind, count, names }: Use) =>
  `${counted(count, kind)} (${names.join(', ')}${count > names.length ? ', …' : ''})`

const inUse = (message: string, used: readonly Use[]) =>
  new BadInput(message, {
    field: ['name'],
    rule: 'in use',
    evidence: Object.fromEntries(used.map(({ kind, count, names }) => [kind, { count, names }])),
  })
