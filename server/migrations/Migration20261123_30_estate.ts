import { Migration } from '@mikro-orm/migrations'

/** Management products, what discovery saw, and the configuration items with their relationships. */
export class Migration20261123_30_estate extends Migration {
  override up(): void {
    for (const statement of [...products, ...items, ...history, ...discovery, ...reconciliation]) this.addSql(statement)
  }
}

const changing = `
  uuid uuid primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1,
  scope_ids uuid[] not null default '{}'`

const reference = (table: string) => `references ${table} (uuid) deferrable initially deferred`

const products = [
  `create table management_product (${changing},
    name text not null,
    kind text not null,
    state text not null check (state in ('ACTIVE', 'RETIRED')),
    endpoint text,
    config jsonb not null default '{}',
    secrets jsonb not null default '{}',
    launch_templates jsonb not null default '{}')`,
  `create unique index management_product_name on management_product (lower(name)) where state = 'ACTIVE'`,
]

const items = [
  `create sequence item_ordinal as integer minvalue 0 start 0`,
  `create table configuration_item (${changing},
    ordinal integer not null unique,
    name text not null,
    class_name text not null,
    state text not null check (state in ('NOT_READY', 'TEST', 'BUILD', 'PRODUCTION', 'INVENTORY', 'DECOMMISSIONED')),
    site_id uuid ${reference('configuration_item')},
    product_id uuid ${reference('management_product')},
    native_key text,
    actual_item_id uuid unique,
    attributes jsonb not null default '{}')`,
  `create index configuration_item_by_name on configuration_item (name, uuid)`,
  `create index configuration_item_by_class on configuration_item (class_name, name, uuid)`,
  `create index configuration_item_by_site on configuration_item (site_id, name, uuid)`,
  `create index configuration_item_by_product on configuration_item (product_id, name, uuid)`,
  `create index configuration_item_by_scope on configuration_item using gin (scope_ids)`,
  `create table relationship (
    uuid uuid primary key,
    type text not null,
    source_id uuid not null ${reference('configuration_item')},
    target_id uuid not null ${reference('configuration_item')},
    valid_from timestamptz not null default now(),
    valid_to timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    check (source_id <> target_id))`,
  `create unique index relationship_now on relationship (source_id, target_id, type) where valid_to is null`,
  `create index relationship_by_source on relationship (source_id, type)`,
  `create index relationship_by_target on relationship (target_id, type)`,
]

/**
 * Every version of an item with the time in which it held (D11), kept by a trigger so that no writer can forget it. The
 * columns are those of the item, so that an item of the past is read like one of today. Changes within one transaction
 * make one version; the row lock orders transactions, and `greatest` keeps their ranges in that order.
 */
const history = [
  `create table configuration_item_version (
    like configuration_item,
    valid_from timestamptz not null,
    valid_to timestamptz,
    transaction xid8 not null default pg_current_xact_id())`,
  `create index configuration_item_version_of on configuration_item_version (uuid, valid_from)`,
  `create unique index configuration_item_version_open on configuration_item_version (uuid) where valid_to is null`,
  `create function keep_item_version() returns trigger language plpgsql as $$
    declare since timestamptz := now();
    begin
      if tg_op = 'UPDATE' then
        select greatest(since, valid_from) into since from configuration_item_version
          where uuid = new.uuid and valid_to is null;
        delete from configuration_item_version
          where uuid = new.uuid and valid_to is null and transaction = pg_current_xact_id();
        update configuration_item_version set valid_to = since where uuid = new.uuid and valid_to is null;
      end if;
      insert into configuration_item_version select new.*, since, null, pg_current_xact_id();
      return null;
    end $$`,
  `create trigger keep_item_version after insert or update on configuration_item
    for each row execute function keep_item_version()`,
]

const discovery = [
  `create table actual_item (${changing},
    class_name text not null,
    name text not null,
    native_key text not null,
    identity text unique,
    product_id uuid ${reference('management_product')},
    state text not null check (state in ('PRESENT', 'MISSING', 'RETIRED')),
    attributes jsonb not null default '{}',
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null)`,
  `create index actual_item_by_name on actual_item (name, uuid)`,
  `create index actual_item_by_product on actual_item (product_id, class_name)`,
  `alter table configuration_item add foreign key (actual_item_id) references actual_item (uuid) deferrable initially deferred`,
  `create sequence discovery_run_number`,
  `create table discovery_run (${changing},
    number text not null unique,
    product_id uuid not null ${reference('management_product')},
    state text not null check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    dry_run boolean not null,
    step text,
    percent integer not null default 0,
    seen integer not null default 0,
    created integer not null default 0,
    changed integer not null default 0,
    unchanged integer not null default 0,
    missing integer not null default 0,
    failure text,
    started_by uuid,
    started_at timestamptz,
    finished_at timestamptz)`,
  `create unique index discovery_run_active on discovery_run (product_id) where state in ('QUEUED', 'RUNNING')`,
  `create index discovery_run_by_product on discovery_run (product_id, created_at)`,
  `create table discovery_change (
    uuid uuid primary key,
    run_id uuid not null ${reference('discovery_run')},
    ordinal integer not null,
    kind text not null check (kind in ('CREATED', 'CHANGED', 'MISSING', 'RETURNED')),
    class_name text not null,
    name text not null,
    actual_item_id uuid,
    details jsonb not null,
    unique (run_id, ordinal))`,
  `create table observation (
    uuid uuid primary key,
    actual_item_id uuid not null ${reference('actual_item')},
    source text not null,
    product_id uuid ${reference('management_product')},
    class_name text not null,
    native_key text,
    run_id uuid,
    deployment_id uuid,
    attributes jsonb not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    missing boolean not null default false,
    current boolean not null default true)`,
  `create unique index observation_current on observation (actual_item_id, source) where current`,
  `create unique index observation_native on observation (product_id, class_name, native_key) where current and native_key is not null`,
  `create table actual_relationship (
    uuid uuid primary key,
    type text not null,
    source_id uuid not null ${reference('actual_item')},
    target_id uuid not null ${reference('actual_item')},
    product_id uuid ${reference('management_product')},
    evidence text not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    gone_at timestamptz)`,
  `create unique index actual_relationship_now on actual_relationship (source_id, target_id, type, product_id) nulls not distinct where gone_at is null`,
  `create index actual_relationship_by_target on actual_relationship (target_id)`,
]

const reconciliation = [
  `create table promotion_scope (${changing},
    name text not null unique,
    class_name text not null,
    includes_related boolean not null,
    attributes text[] not null)`,
  `insert into promotion_scope (uuid, name, class_name, includes_related, attributes) values
    ('01936000-0000-7000-8000-000000000001', 'Computers with their site and software', 'ComputerSystem', true, '{}')`,
  `create sequence reconciliation_run_number`,
  `create table reconciliation_run (${changing},
    number text not null unique,
    state text not null check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED')),
    compared integer not null default 0,
    matches integer not null default 0,
    differences integer not null default 0,
    failure text,
    started_by uuid,
    started_at timestamptz not null,
    finished_at timestamptz)`,
  `create unique index reconciliation_run_active on reconciliation_run ((true)) where state in ('QUEUED', 'RUNNING')`,
  `create table reconciliation_result (${changing},
    run_id uuid not null ${reference('reconciliation_run')},
    kind text not null check (kind in ('LINK', 'LINK_FAILURE', 'MISMATCH', 'MISSING', 'UNEXPECTED')),
    state text not null check (state in ('OPEN', 'RESOLVED', 'IGNORED')),
    configuration_item_id uuid ${reference('configuration_item')},
    actual_item_id uuid ${reference('actual_item')},
    differences jsonb not null default '[]',
    comment text,
    resolved_by uuid,
    resolved_at timestamptz)`,
  `create index reconciliation_result_by_run on reconciliation_result (run_id, created_at, uuid)`,
  `create unique index reconciliation_result_open on reconciliation_result (configuration_item_id, actual_item_id, kind) nulls not distinct where state = 'OPEN'`,
]
