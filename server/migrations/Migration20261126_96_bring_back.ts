import { Migration } from '@mikro-orm/migrations'

/** Which task brings back what a result of reconciliation misses, where and with which package version. */
export class Migration20261126_96_bring_back extends Migration {
  override up(): void {
    this.addSql(`create table reconciliation_remedy (
      result_id uuid not null references reconciliation_result on delete cascade deferrable initially deferred,
      task_id uuid not null references task on delete cascade deferrable initially deferred,
      item_id uuid not null references configuration_item deferrable initially deferred,
      package_version_id uuid not null references package_version deferrable initially deferred,
      created_at timestamptz not null default now(),
      primary key (result_id, task_id))`)
    this.addSql(`create index reconciliation_remedy_task on reconciliation_remedy (task_id)`)
  }
}
