import { Migration } from '@mikro-orm/migrations'

/**
 * Who, why and from where, for every version of an item and of a relationship, authorized and actual (D11). One row of
 * `graph_change` stands for what one transaction did to the graph; triggers write it and refer to it, so that no writer can
 * forget it. Instants are whole milliseconds, as the API's are: what an answer names can be asked for again.
 */
export class Migration20261125_60_time extends Migration {
  override up(): void {
    for (const statement of [...changes, ...items, ...actualItems, ...relationships]) this.addSql(statement)
  }
}

const changes = [
  `create extension if not exists btree_gist`,
  `create table graph_change (
    uuid uuid primary key,
    at timestamptz not null,
    cause text not null check (cause in ('MUTATION', 'DISCOVERY', 'RECONCILIATION', 'DEPLOYMENT', 'SYSTEM')),
    actor uuid,
    reason text,
    mutation text,
    audit_id uuid,
    origin_id text,
    origin_number text)`,
  `create index graph_change_by_time on graph_change (at, uuid)`,
  // The settings last as long as the transaction; kernel/cause.ts writes the first.
  `create function current_graph_change() returns uuid language plpgsql as $$
    declare
      change uuid := nullif(current_setting('waybill.graph_change', true), '')::uuid;
      because jsonb;
    begin
      if change is not null then return change; end if;
      because := coalesce(nullif(current_setting('waybill.because', true), ''), '{}')::jsonb;
      change := gen_random_uuid();
      insert into graph_change (uuid, at, cause, actor, reason, mutation, audit_id, origin_id, origin_number)
        values (change, date_trunc('milliseconds', now()), coalesce(because->>'cause', 'SYSTEM'), (because->>'actor')::uuid,
          because->>'reason', because->>'mutation', (because->>'auditId')::uuid, because->>'originId', because->>'originNumber');
      perform set_config('waybill.graph_change', change::text, true);
      return change;
    end $$`,
  // History names who and why for what was written without the settings.
  `create function explain_graph_change() returns trigger language plpgsql as $$
    begin
      update graph_change g set actor = coalesce(g.actor, h.actor), reason = coalesce(g.reason, h.reason)
        from (select actor, reason from told where actor is not null or reason is not null limit 1) h
        where g.uuid = current_setting('waybill.graph_change')::uuid and (g.actor is null or g.reason is null);
      return null;
    end $$`,
  `create trigger explain_graph_change after insert on history referencing new table as told for each statement
    when (current_setting('waybill.graph_change', true) <> '') execute function explain_graph_change()`,
  // Set by set, for bulk loads. Columns that both tables have are versioned; only a change in one of them makes a version.
  // What one change writes several times is one version; each range begins where the one before ended.
  `create function keep_versions() returns trigger language plpgsql as $$
    declare
      versions regclass := (tg_table_name || '_version')::regclass;
      change uuid := nullif(current_setting('waybill.graph_change', true), '')::uuid;
      names text; fresh_values text; kept_values text; settings text;
    begin
      if tg_op = 'DELETE' then
        execute format($sql$update %s v set valid_to = greatest(date_trunc('milliseconds', now()), v.valid_from + interval '1 ms')
          from stale o where v.uuid = o.uuid and v.valid_to is null$sql$, versions);
        return null;
      end if;
      select string_agg(quote_ident(a.attname), ', '), string_agg('n.' || quote_ident(a.attname), ', '),
          string_agg('v.' || quote_ident(a.attname), ', '), string_agg(format('%1$I = n.%1$I', a.attname), ', ')
        into names, fresh_values, kept_values, settings
        from pg_attribute a join pg_attribute b on b.attname = a.attname and b.attrelid = versions
        where a.attrelid = tg_relid and a.attnum > 0 and b.attnum > 0 and not a.attisdropped and not b.attisdropped;
      if tg_op = 'INSERT' then
        execute format($sql$insert into %s (%s, valid_from, change_id)
          select %s, date_trunc('milliseconds', now()), current_graph_change() from fresh n$sql$, versions, names, fresh_values);
        return null;
      end if;
      if change is not null then
        execute format($sql$update %s v set %s from fresh n
          where v.uuid = n.uuid and v.valid_to is null and v.change_id = $1 and (%s) is distinct from (%s)$sql$,
          versions, settings, fresh_values, kept_values) using change;
      end if;
      execute format($sql$with closed as (
          update %1$s v set valid_to = greatest(date_trunc('milliseconds', now()), v.valid_from + interval '1 ms') from fresh n
            where v.uuid = n.uuid and v.valid_to is null and ($1 is null or v.change_id is distinct from $1)
              and (%3$s) is distinct from (%4$s) returning v.uuid, v.valid_to)
        insert into %1$s (%2$s, valid_from, change_id)
          select %3$s, c.valid_to, current_graph_change() from fresh n join closed c on c.uuid = n.uuid$sql$,
        versions, names, fresh_values, kept_values) using change;
      return null;
    end $$`,
]

const versioned = (table: string) => [
  `create trigger keep_new_versions after insert on ${table} referencing new table as fresh
    for each statement execute function keep_versions()`,
  `create trigger keep_changed_versions after update on ${table} referencing new table as fresh
    for each statement execute function keep_versions()`,
  `create trigger end_versions after delete on ${table} referencing old table as stale
    for each statement execute function keep_versions()`,
]

const items = [
  `drop trigger keep_item_version on configuration_item`,
  `drop function keep_item_version`,
  `alter table configuration_item_version drop column transaction, add column change_id uuid`,
  `update configuration_item_version set valid_from = date_trunc('milliseconds', valid_from), valid_to = date_trunc('milliseconds', valid_to)`,
  // What was written before this migration takes who and why from the history of its transaction.
  `with told as (
     select min(h.uuid::text)::uuid as uuid, h.at, h.actor, max(h.reason) as reason, array_agg(distinct h.subject) as subjects
     from history h join configuration_item_version v on v.uuid = h.subject and v.valid_from = date_trunc('milliseconds', h.at)
     group by h.at, h.actor), kept as (
     insert into graph_change (uuid, at, cause, actor, reason)
     select uuid, date_trunc('milliseconds', at), case when actor is null then 'SYSTEM' else 'MUTATION' end, actor, reason from told)
   update configuration_item_version v set change_id = t.uuid from told t
     where v.uuid = any(t.subjects) and v.valid_from = date_trunc('milliseconds', t.at)`,
  `alter table configuration_item_version add constraint configuration_item_version_once
    exclude using gist (uuid with =, tstzrange(valid_from, valid_to) with &&)`,
  `create index configuration_item_version_by_name on configuration_item_version (name, uuid)`,
  `create index configuration_item_version_by_start on configuration_item_version (valid_from)`,
  `create index configuration_item_version_by_actual on configuration_item_version (actual_item_id) where actual_item_id is not null`,
  ...versioned('configuration_item'),
]

/** When it was last seen is no version: only what a person could notice is. */
const actualItems = [
  `create table actual_item_version (
    uuid uuid not null,
    class_name text not null,
    name text not null,
    native_key text,
    identity text,
    product_id uuid,
    state text not null,
    attributes jsonb not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    change_id uuid)`,
  `insert into actual_item_version (uuid, class_name, name, native_key, identity, product_id, state, attributes, valid_from)
    select uuid, class_name, name, native_key, identity, product_id, state, attributes, date_trunc('milliseconds', updated_at) from actual_item`,
  `create unique index actual_item_version_open on actual_item_version (uuid) where valid_to is null`,
  `create index actual_item_version_of on actual_item_version (uuid, valid_from)`,
  `create index actual_item_version_by_start on actual_item_version (valid_from)`,
  // Of the open version there is one; a load of many new items pays nothing for this.
  `alter table actual_item_version add constraint actual_item_version_once
    exclude using gist (uuid with =, tstzrange(valid_from, valid_to) with &&) where (valid_to is not null)`,
  ...versioned('actual_item'),
]

/** A relationship is never edited: it begins and it ends. One that comes back begins where the one before has ended. */
const relationships = [
  `update relationship set valid_from = date_trunc('milliseconds', valid_from), valid_to = date_trunc('milliseconds', valid_to)`,
  `alter table relationship add column change_id uuid, add column end_change_id uuid`,
  `create function keep_relationship_range() returns trigger language plpgsql as $$
    begin
      if tg_op = 'INSERT' then
        new.change_id := current_graph_change();
        new.valid_from := greatest(date_trunc('milliseconds', new.valid_from), (
          select max(valid_to) from relationship
          where source_id = new.source_id and type = new.type and target_id = new.target_id and valid_to is not null));
      else
        new.end_change_id := current_graph_change();
        new.valid_to := case when new.end_change_id = new.change_id then new.valid_from
          else greatest(date_trunc('milliseconds', now()), new.valid_from + interval '1 ms') end;
      end if;
      return new;
    end $$`,
  `create trigger keep_relationship_start before insert on relationship for each row execute function keep_relationship_range()`,
  `create trigger keep_relationship_end before update on relationship for each row
    when (old.valid_to is null and new.valid_to is not null) execute function keep_relationship_range()`,
  `alter table relationship add constraint relationship_once exclude using gist (
    source_id with =, target_id with =, type with =, tstzrange(valid_from, valid_to) with &&) where (valid_to is not null)`,
  `create index relationship_by_start on relationship (valid_from)`,
  `create index relationship_by_end on relationship (valid_to) where valid_to is not null`,
  `alter table actual_relationship add column change_id uuid, add column end_change_id uuid`,
  `create function keep_actual_relationship_change() returns trigger language plpgsql as $$
    begin
      if tg_op = 'INSERT' then new.change_id := current_graph_change();
      else new.end_change_id := current_graph_change();
      end if;
      return new;
    end $$`,
  `create trigger keep_actual_relationship_start before insert on actual_relationship
    for each row execute function keep_actual_relationship_change()`,
  `create trigger keep_actual_relationship_end before update on actual_relationship for each row
    when (old.gone_at is null and new.gone_at is not null) execute function keep_actual_relationship_change()`,
  `create index actual_relationship_by_start on actual_relationship (first_seen_at)`,
]
