import { Migration } from '@mikro-orm/migrations'

const deferred = 'deferrable initially deferred'

/**
 * Protected states: the policy of each class, what a release lists beside its targets, and which releases permitted a
 * change of the graph. No class protects anything to begin with.
 */
export class Migration20261126_90_protected_states extends Migration {
  override up(): void {
    // A table with checks that wait for the commit cannot be altered, and a fresh database gets everything in one.
    this.addSql('set constraints all immediate')
    this.addSql(`alter table item_class add column protected_states text[]
      check (protected_states <@ array['NOT_READY', 'TEST', 'BUILD', 'PRODUCTION', 'INVENTORY'])`)
    this.addSql(`create table release_item (
      release_id uuid not null references release ${deferred},
      item_id uuid not null references configuration_item ${deferred},
      primary key (release_id, item_id))`)
    this.addSql(`create index release_item_item on release_item (item_id)`)
    this.addSql(`alter table graph_change add column release_ids uuid[] not null default '{}'`)
    this.addSql(`create or replace function current_graph_change() returns uuid language plpgsql as $$
      declare
        change uuid := nullif(current_setting('waybill.graph_change', true), '')::uuid;
        because jsonb;
      begin
        if change is not null then return change; end if;
        because := coalesce(nullif(current_setting('waybill.because', true), ''), '{}')::jsonb;
        change := gen_random_uuid();
        insert into graph_change (uuid, at, cause, actor, reason, mutation, audit_id, origin_id, origin_number, release_ids)
          values (change, date_trunc('milliseconds', now()), coalesce(because->>'cause', 'SYSTEM'), (because->>'actor')::uuid,
            because->>'reason', because->>'mutation', (because->>'auditId')::uuid, because->>'originId', because->>'originNumber',
            array(select jsonb_array_elements_text(because->'releaseIds')::uuid));
        perform set_config('waybill.graph_change', change::text, true);
        return change;
      end $$`)
    this.addSql('set constraints all deferred')
  }
}
