import { Migration } from '@mikro-orm/migrations'

/** What a promotion leaves out is a result as well, before any run has looked. */
export class Migration20261126_82_left_out extends Migration {
  override up(): void {
    this.addSql('alter table reconciliation_result alter column run_id drop not null')
    this.addSql(`create index reconciliation_result_not_related on reconciliation_result (task_id, actual_item_id)
      where code = 'NOT_RELATED'`)
  }
}
