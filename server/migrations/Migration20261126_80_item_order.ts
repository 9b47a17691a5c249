import { Migration } from '@mikro-orm/migrations'

/** The list of items can be put in order by state and by the time of the last change. */
export class Migration20261126_80_item_order extends Migration {
  override up(): void {
    this.addSql('create index configuration_item_by_state on configuration_item (state, name, uuid)')
    this.addSql('create index configuration_item_by_change on configuration_item (updated_at, uuid)')
  }
}
