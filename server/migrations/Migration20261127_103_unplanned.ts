import { Migration } from '@mikro-orm/migrations'

/** What people said about changes of what is seen that no deployment explains. A change without a row is open. */
export class Migration20261127_103_unplanned extends Migration {
  override up(): void {
    this.addSql(`create table unplanned_decision (
      uuid uuid primary key,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      version integer not null default 1,
      scope_ids uuid[] not null default '{}',
      actual_item_id uuid not null references actual_item on delete cascade deferrable initially deferred,
      at timestamptz not null,
      attribute text not null,
      state text not null check (state in ('OPEN', 'ACKNOWLEDGED', 'EXPLAINED')),
      comment text,
      decided_by uuid,
      decided_at timestamptz,
      unique (actual_item_id, at, attribute))`)
  }
}
