import { Migration } from '@mikro-orm/migrations'

/** What one change did to items is found again, so that it can be taken back. */
export class Migration20261126_81_item_changes extends Migration {
  override up(): void {
    this.addSql('create index configuration_item_version_by_change on configuration_item_version (change_id)')
  }
}
