/** What would become untrue by a change of the catalogue, named with items. All set-based; only the first few are listed. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { BadInput } from '../kernel/errors.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import type { Catalogue } from './catalogue.ts'

/** So many items are named in a refusal. */
const NAMED = 5

/** Refuses two attributes of one name in a line of ancestors. */
export function refuseClashes(after: Catalogue, classes: readonly string[]): void {
  for (const className of classes) {
    const seen = new Map<string, string>()
    for (const { name, declaredBy } of after.attributesOf(className)) {
      const other = seen.get(name)
      if (other) {
        throw new BadInput(
          `${className} would have the attribute ${name} twice: its own from ${other}, and one inherited from ${declaredBy}.`,
          { field: ['name'], rule: 'one attribute of a name', evidence: { className, attribute: name } },
        )
      }
      seen.set(name, declaredBy)
    }
  }
}

/** Whether `value` (jsonb) is one that the attribute `a` may have; the same as `fits` of item/attributes.ts. */
const FITS = `case a.type
  when 'integer' then case when jsonb_typeof(e.value) = 'number' then (e.value)::numeric % 1 = 0 else false end
  when 'number' then jsonb_typeof(e.value) = 'number'
  when 'boolean' then jsonb_typeof(e.value) = 'boolean'
  when 'textList' then jsonb_typeof(e.value) = 'array' and not jsonb_path_exists(e.value, '$[*] ? (@.type() != "string")')
  when 'enumeration' then jsonb_typeof(e.value) = 'string' and a.vals ? (e.value #>> '{}')
  when 'instant' then jsonb_typeof(e.value) = 'string' and (e.value #>> '{}') ~ '^\\d{4}-\\d\\d-\\d\\dT'
  else jsonb_typeof(e.value) = 'string' end`

/** Refuses when living items have values that their class does not allow any more. */
export async function refuseMisfits(em: EntityManager, after: Catalogue, classes: readonly string[]): Promise<void> {
  if (classes.length === 0) return
  const allowed = classes.flatMap((className) =>
    after
      .attributesOf(className)
      .map(({ name, type, values }) => ({ class_name: className, name, type, vals: values })),
  )
  const found = await rows<Misfit>(
    em,
    `with allowed as (select * from jsonb_to_recordset($1::jsonb) as a(class_name text, name text, type text, vals jsonb))
     select i.uuid, i.name, i.class_name, e.key as attribute, e.value, a.type, count(*) over () as n
     from configuration_item i cross join lateral jsonb_each(i.attributes) e
       left join allowed a on a.class_name = i.class_name and a.name = e.key
     where i.class_name = any($2::text[]) and i.state <> 'DECOMMISSIONED' and (a.name is null or not (${FITS}))
     order by i.class_name, i.name, e.key limit ${NAMED}`,
    [JSON.stringify(allowed), classes],
  )
  const [first] = found
  if (!first) return
  const listed = found
    .map(({ name, attribute, value }) => `${name} (${attribute}: ${JSON.stringify(value)})`)
    .join(', ')
  const more = Number(first.n) > found.length ? `, and ${Number(first.n) - found.length} more` : ''
  throw new BadInput(
    `${counted(first.n, 'value')} of living items would not fit any more: ${listed}${more}. Change or take away those values first.`,
    {
      field: ['name'],
      itemId: toNodeId('ci', first.uuid),
      rule: 'in use',
      evidence: { count: Number(first.n), className: first.class_name, attribute: first.attribute },
    },
  )
}

interface Misfit {
  uuid: string
  name: string
  class_name: string
  attribute: string
  value: unknown
  n: string
}

/** Refuses when relationships exist that no rule allows any more; `types` null: of any type. */
export async function refuseUnruled(
  em: EntityManager,
  after: Catalogue,
  types: readonly string[] | null,
): Promise<void> {
  const joined = await rows<{ type: string; source: string; target: string; n: string }>(
    em,
    `select r.type, s.class_name as source, t.class_name as target, count(*) as n
     from relationship r join configuration_item s on s.uuid = r.source_id join configuration_item t on t.uuid = r.target_id
     where r.valid_to is null and ($1::text[] is null or r.type = any($1)) group by 1, 2, 3`,
    [types],
  )
  const unruled = joined.filter(({ type, source, target }) => !after.mayRelate(type, source, target))
  if (unruled.length === 0) return
  const count = unruled.reduce((sum, { n }) => sum + Number(n), 0)
  const said = unruled.slice(0, NAMED).map(({ type, source, target, n }) => `${n} × ${source} ${type} ${target}`)
  throw new BadInput(
    `${counted(count, 'relationship')} would have no rule any more: ${said.join(', ')}. Remove them first.`,
    { field: ['name'], rule: 'in use', evidence: { count, relationships: unruled.slice(0, NAMED) } },
  )
}

/** Refuses when some item has more relationships of a type than its cardinality would allow. */
export async function refuseCrowded(em: EntityManager, type: string, end: 'source' | 'target'): Promise<void> {
  const crowded = await rows<{ uuid: string; name: string; n: string; total: string }>(
    em,
    `select i.uuid, i.name, count(*) as n, count(*) over () as total
     from relationship r join configuration_item i on i.uuid = r.${end}_id
     where r.type = $1 and r.valid_to is null group by i.uuid, i.name having count(*) > 1 order by count(*) desc, i.name limit ${NAMED}`,
    [type],
  )
  const [first] = crowded
  if (!first) return
  throw new BadInput(
    `${counted(first.total, 'item')} with more than one ${type} as its ${end}: ${crowded.map(({ name, n }) => `${name} (${n})`).join(', ')}. Remove those first.`,
    {
      field: ['cardinality'],
      itemId: toNodeId('ci', first.uuid),
      rule: 'in use',
      evidence: { count: Number(first.total) },
    },
  )
}

/** `1 item`, `12 items`. */
export const counted = (n: string | number, what: string) => `${n} ${what}${Number(n) === 1 ? '' : 's'}`
