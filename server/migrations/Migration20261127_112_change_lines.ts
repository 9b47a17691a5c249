import { Migration } from '@mikro-orm/migrations'

/**
 * A change set also shows relationships that begin or end, and what people would be asked. A dry run of reconciliation keeps
 * all it found, with what a real result has.
 */
export class Migration20261127_112_change_lines extends Migration {
  override up(): void {
    for (const statement of [
      `alter table discovery_change drop constraint discovery_change_kind_check`,
      `alter table discovery_change add column other_item_id uuid,
         add check (kind in ('CREATED', 'CHANGED', 'MISSING', 'RETURNED', 'RETIRED', 'RELATIONSHIP_NEW', 'RELATIONSHIP_GONE', 'QUESTION'))`,
      `alter table discovery_run add column relationships_new integer not null default 0,
         add column relationships_gone integer not null default 0`,
      `create table reconciliation_preview (
        run_id uuid not null references reconciliation_run (uuid) deferrable initially deferred,
        ordinal integer not null,
        kind text not null,
        configuration_item_id uuid,
        actual_item_id uuid,
        differences jsonb not null default '[]',
        relationships jsonb not null default '[]',
        scope_ids uuid[] not null default '{}',
        code text not null,
        message text not null,
        candidate_ids uuid[] not null default '{}',
        explanation text,
        primary key (run_id, ordinal))`,
      // Of the last dry run of each task what was kept of it.
      `insert into reconciliation_preview (run_id, ordinal, kind, code, message)
       select r.uuid, l.place, l.line->>'kind', l.line->>'kind', l.line->>'message'
       from (select distinct on (task_id) uuid, preview from reconciliation_run where dry_run order by task_id, created_at desc) r
         cross join lateral jsonb_array_elements(r.preview) with ordinality as l(line, place)`,
      `alter table reconciliation_run drop column preview`,
    ])
      this.addSql(statement)
  }
}
