import { Migration } from '@mikro-orm/migrations'

/** Reconciliation tasks with their rules, rules that ignore, and what a result says beyond its values. */
export class Migration20261125_61_reconciliation extends Migration {
  override up(): void {
    for (const statement of statements) this.addSql(statement)
  }
}

const changing = `
  uuid uuid primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1,
  scope_ids uuid[] not null default '{}'`

/** What was compared before there were tasks goes on as this one. */
const everything = `'01936000-0000-7000-8000-000000000002'::uuid`

const statements = [
  `create table reconciliation_task (${changing},
    name text not null,
    active boolean not null default true,
    class_names text[] not null default '{}',
    site_id uuid references configuration_item (uuid) deferrable initially deferred,
    link_rules jsonb not null,
    attributes text[] not null default '{}',
    ignored_attributes text[] not null default '{}',
    depth integer not null check (depth between 0 and 8),
    case_sensitive boolean not null default true,
    every_minutes integer check (every_minutes between 1 and 44640),
    next_at timestamptz)`,
  `create unique index reconciliation_task_name on reconciliation_task (lower(name))`,
  `insert into reconciliation_task (uuid, name, link_rules, depth) values (${everything}, 'Everything',
    '[{"by": "ATTRIBUTE", "attribute": "machineId", "strength": "STRONG"}, {"by": "NAME", "attribute": null, "strength": "STRONG"}]', 1)`,
  `alter table reconciliation_run
    add column task_id uuid not null default ${everything} references reconciliation_task (uuid) deferrable initially deferred,
    add column dry_run boolean not null default false,
    add column counts jsonb not null default '{}',
    add column preview jsonb not null default '[]'`,
  `alter table reconciliation_run alter column task_id drop default`,
  `alter table reconciliation_result
    add column task_id uuid not null default ${everything} references reconciliation_task (uuid) deferrable initially deferred,
    add column code text,
    add column message text,
    add column relationships jsonb not null default '[]',
    add column candidate_ids uuid[] not null default '{}',
    add column explanation text check (explanation in ('EXPLAINED', 'UNEXPLAINED'))`,
  `alter table reconciliation_result alter column task_id drop default`,
  `drop index reconciliation_result_open`,
  `create unique index reconciliation_result_open on reconciliation_result (task_id, configuration_item_id, actual_item_id, kind)
    nulls not distinct where state = 'OPEN'`,
  `create index reconciliation_result_of_item on reconciliation_result (configuration_item_id) where state = 'OPEN'`,
  `create table reconciliation_ignore_rule (${changing},
    active boolean not null default true,
    kind text check (kind in ('MISMATCH', 'MISSING', 'UNEXPECTED', 'LINK_FAILURE')),
    class_name text,
    attribute text,
    configuration_item_id uuid references configuration_item (uuid) deferrable initially deferred,
    actual_item_id uuid references actual_item (uuid) deferrable initially deferred,
    reason text not null,
    check (num_nonnulls(kind, class_name, attribute, configuration_item_id, actual_item_id) > 0))`,
]
