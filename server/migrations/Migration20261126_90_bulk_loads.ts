import { Migration } from '@mikro-orm/migrations'

/**
 * What a load of many items costs beside its own statements. References are checked set by set instead of row by row,
 * versions are only looked up where something versioned differs, and ids that are made together lie together in the indexes.
 */
export class Migration20261126_90_bulk_loads extends Migration {
  override up(): void {
    for (const statement of [ids, ...versions, ...relationships, ...references]) this.addSql(statement)
  }
}

/** UUIDs of version 7; PostgreSQL makes them itself from 18 on. */
const ids = `do $do$ begin
    if current_setting('server_version_num')::int >= 180000 then
      create function uuid_in_order() returns uuid language sql volatile parallel safe as 'select uuidv7()';
    else
      create function uuid_in_order() returns uuid language sql volatile parallel safe as $$
        select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
          placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid $$;
    end if;
  end $do$`

/**
 * As before, but an update that changes nothing versioned (when an item was last seen) does not touch the versions. It is asked
 * with an aggregate: for `exists` PostgreSQL expects the first row soon and compares each row with each.
 */
const versions = [
  `create or replace function keep_versions() returns trigger language plpgsql as $$
    declare
      versions regclass := (tg_table_name || '_version')::regclass;
      change uuid := nullif(current_setting('waybill.graph_change', true), '')::uuid;
      names text; fresh_values text; stale_values text; kept_values text; settings text; differs boolean;
    begin
      if tg_op = 'DELETE' then
        execute format($sql$update %s v set valid_to = greatest(date_trunc('milliseconds', now()), v.valid_from + interval '1 ms')
          from stale o where v.uuid = o.uuid and v.valid_to is null$sql$, versions);
        return null;
      end if;
      select string_agg(quote_ident(a.attname), ', '), string_agg('n.' || quote_ident(a.attname), ', '),
          string_agg('o.' || quote_ident(a.attname), ', '), string_agg('v.' || quote_ident(a.attname), ', '),
          string_agg(format('%1$I = n.%1$I', a.attname), ', ')
        into names, fresh_values, stale_values, kept_values, settings
        from pg_attribute a join pg_attribute b on b.attname = a.attname and b.attrelid = versions
        where a.attrelid = tg_relid and a.attnum > 0 and b.attnum > 0 and not a.attisdropped and not b.attisdropped;
      if tg_op = 'INSERT' then
        execute format($sql$insert into %s (%s, valid_from, change_id)
          select %s, date_trunc('milliseconds', now()), (select current_graph_change()) from fresh n$sql$,
          versions, names, fresh_values);
        return null;
      end if;
      execute format($sql$select bool_or((%s) is distinct from (%s)) from fresh n join stale o on o.uuid = n.uuid$sql$,
        fresh_values, stale_values) into differs;
      if differs is not true then return null; end if;
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
          select %3$s, c.valid_to, (select current_graph_change()) from fresh n join closed c on c.uuid = n.uuid$sql$,
        versions, names, fresh_values, kept_values) using change;
      return null;
    end $$`,
  ...['configuration_item', 'actual_item'].flatMap((table) => [
    `drop trigger keep_changed_versions on ${table}`,
    `create trigger keep_changed_versions after update on ${table} referencing old table as stale new table as fresh
      for each statement execute function keep_versions()`,
  ]),
]

/** A load says itself which change it is. */
const relationships = [
  `drop trigger keep_actual_relationship_start on actual_relationship`,
  `create trigger keep_actual_relationship_start before insert on actual_relationship
    for each row when (new.change_id is null) execute function keep_actual_relationship_change()`,
]

/** Who refers to whom, of the tables that a load fills. */
const referring: [table: string, column: string, to: string][] = [
  ['actual_item', 'product_id', 'management_product'],
  ['actual_item', 'merged_into', 'actual_item'],
  ['observation', 'actual_item_id', 'actual_item'],
  ['observation', 'product_id', 'management_product'],
  ['actual_mark', 'item_id', 'actual_item'],
  ['actual_relationship', 'source_id', 'actual_item'],
  ['actual_relationship', 'target_id', 'actual_item'],
  ['actual_relationship', 'product_id', 'management_product'],
  ['discovery_change', 'run_id', 'discovery_run'],
]
const argumentsOf = (pairs: string[][]) => pairs.map((pair) => pair.map((one) => `'${one}'`).join(', ')).join(', ')

/**
 * A foreign key looks at each row by itself and locks what it refers to: a third of a load. Here one statement looks at all
 * rows of another; what is referred to cannot be deleted either. Under an update it asks only about what points elsewhere now.
 */
const references = [
  `create function check_references() returns trigger language plpgsql as $$
    declare missing uuid;
    begin
      for place in 0 .. tg_nargs - 1 by 2 loop
        execute format($sql$select (array_agg(f.%1$I))[1] from fresh f where f.%1$I is not null
          and not exists (select from %2$I r where r.uuid = f.%1$I) %3$s$sql$, tg_argv[place], tg_argv[place + 1],
          case when tg_op = 'UPDATE' then format('and not exists (select from stale s where s.%1$I = f.%1$I)', tg_argv[place]) end)
          into missing;
        if missing is not null then
          raise foreign_key_violation using message =
            format('%s: %s is %s, and there is no such %s', tg_table_name, tg_argv[place], missing, tg_argv[place + 1]);
        end if;
      end loop;
      return null;
    end $$`,
  `create function keep_referred() returns trigger language plpgsql as $$
    declare held uuid;
    begin
      for place in 0 .. tg_nargs - 1 by 2 loop
        execute format($sql$select s.uuid from stale s where exists (select from %1$I r where r.%2$I = s.uuid) limit 1$sql$,
          tg_argv[place], tg_argv[place + 1]) into held;
        if held is not null then
          raise foreign_key_violation using message = format('%s %s is still named by %s', tg_table_name, held, tg_argv[place]);
        end if;
      end loop;
      return null;
    end $$`,
  ...referring.map(([table, column]) => `alter table ${table} drop constraint ${table}_${column}_fkey`),
  ...[...new Set(referring.map(([table]) => table))].flatMap((table) => {
    const pairs = referring.filter(([one]) => one === table).map(([, column, to]) => [column, to])
    return [
      `create trigger check_new_references after insert on ${table} referencing new table as fresh
        for each statement execute function check_references(${argumentsOf(pairs)})`,
      `create trigger check_changed_references after update on ${table} referencing old table as stale new table as fresh
        for each statement execute function check_references(${argumentsOf(pairs)})`,
    ]
  }),
  ...['actual_item', 'discovery_run', 'management_product'].map((table) => {
    const pairs = referring.filter(([, , to]) => to === table).map(([from, column]) => [from, column])
    return `create trigger keep_referred after delete on ${table} referencing old table as stale
      for each statement execute function keep_referred(${argumentsOf(pairs)})`
  }),
]
