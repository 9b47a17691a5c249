import { Migration } from '@mikro-orm/migrations'
import { linesOf, preloadedClasses, preloadedTypes } from './preloaded-catalogue.ts'

/** The class catalogue and the relationship types as tables, with what release management needs to begin with. */
export class Migration20261125_20_catalogue extends Migration {
  override up(): void {
    for (const statement of tables) this.addSql(statement)
    linesOf(preloadedClasses).forEach((cells, place) => this.#addClass(cells, place))
    linesOf(preloadedTypes).forEach((cells, place) => this.#addType(cells, place))
  }

  #addClass([name = '', title = '', parent = '', kind = '', attributes = '']: string[], place: number): void {
    const isTargetable = kind.includes('targetable') ? kind === 'targetable' : null
    const facts = { is_abstract: kind === 'abstract', is_targetable: isTargetable }
    this.addSql(insert('item_class', { name, title, parent: parent || null, ...facts, place }))
    attributes
      .split('; ')
      .filter(Boolean)
      .forEach((text, at) =>
        this.addSql(insert('item_attribute', { class_name: name, ...attributeIn(text), place: at })),
      )
  }

  #addType([name = '', title = '', inverse = '', inverseTitle = '', rule = '', pairs = '']: string[], place: number) {
    const facts = {
      containment: rule.includes('inside'),
      impact: /NONE|SOURCE_TO_TARGET|TARGET_TO_SOURCE/.exec(rule)![0],
      cardinality: /(MANY|ONE)_TO_(MANY|ONE)/.exec(rule)![0],
    }
    this.addSql(insert('relationship_type', { name, title, inverse, inverse_title: inverseTitle, ...facts, place }))
    pairsIn(pairs).forEach(([source = '', target = ''], at) =>
      this.addSql(insert('relationship_rule', { type: name, source_class: source, target_class: target, place: at })),
    )
  }
}

const tables = [
  `create table catalogue (single boolean primary key default true check (single), version integer not null)`,
  `insert into catalogue (version) values (1)`,
  `create table item_class (
    name text primary key,
    title text not null,
    description text,
    parent text references item_class (name) deferrable initially deferred,
    is_abstract boolean not null default false,
    is_targetable boolean,
    place integer not null default 1000,
    retired_at timestamptz)`,
  `create table item_attribute (
    class_name text not null references item_class (name) deferrable initially deferred,
    name text not null,
    title text not null,
    type text not null check (type in ('text', 'integer', 'number', 'boolean', 'instant', 'textList', 'enumeration')),
    unit text,
    "values" text[] not null default '{}',
    copied boolean not null default false,
    never_from_discovery boolean not null default false,
    place integer not null default 1000,
    primary key (class_name, name))`,
  `create table relationship_type (
    name text primary key,
    title text not null,
    description text,
    inverse text not null,
    inverse_title text not null,
    containment boolean not null,
    impact text not null check (impact in ('NONE', 'SOURCE_TO_TARGET', 'TARGET_TO_SOURCE')),
    cardinality text not null check (cardinality in ('MANY_TO_MANY', 'MANY_TO_ONE', 'ONE_TO_MANY', 'ONE_TO_ONE')),
    place integer not null default 1000,
    retired_at timestamptz)`,
  `create table relationship_rule (
    type text not null references relationship_type (name) deferrable initially deferred,
    source_class text not null references item_class (name) deferrable initially deferred,
    target_class text not null references item_class (name) deferrable initially deferred,
    place integer not null default 1000,
    primary key (type, source_class, target_class))`,
]

function attributeIn(text: string) {
  const [, copied, never, name = '', title = '', inBrackets = 'text'] =
    /^(\*?)(!?)(\w+): ([^(]+?)(?: \(([^)]*)\))?$/.exec(text)!
  const [type = '', ...rest] = inBrackets.split(' ')
  const isEnumeration = type === 'enumeration'
  const values = isEnumeration ? rest.join(' ').split(', ') : []
  const unit = isEnumeration ? null : (rest[0] ?? null)
  return { name, title, type, unit, values, copied: copied === '*', never_from_discovery: never === '!' }
}

function pairsIn(text: string): string[][] {
  return text.split('; ').flatMap((group) => {
    const [sources = [], targets = []] = group.split(' > ').map((side) => side.split(', '))
    return sources.flatMap((source) => targets.map((target) => [source, target]))
  })
}

type Value = string | number | boolean | null | string[]

function insert(table: string, row: Record<string, Value>): string {
  const columns = Object.keys(row).map((name) => `"${name}"`)
  return `insert into ${table} (${columns.join(', ')}) values (${Object.values(row).map(literal).join(', ')})`
}

function literal(value: Value): string {
  if (Array.isArray(value)) return `array[${value.map(literal).join(', ')}]::text[]`
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}
