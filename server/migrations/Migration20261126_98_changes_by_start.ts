import { Migration } from '@mikro-orm/migrations'

/** The newest changes of what is seen are listed page by page; of one load, which writes all at one time, by item. */
export class Migration20261126_98_changes_by_start extends Migration {
  override up(): void {
    this.addSql('drop index actual_item_version_by_start')
    this.addSql('create index actual_item_version_by_start on actual_item_version (valid_from, uuid)')
  }
}
