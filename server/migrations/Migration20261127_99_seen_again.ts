import { Migration } from '@mikro-orm/migrations'

/**
 * Each look of discovery changes when an item was last seen, and nothing else of most. With room left in its pages the new
 * row stays where the old one was, and no index has to be told.
 */
export class Migration20261127_99_seen_again extends Migration {
  override up(): void {
    this.addSql('alter table actual_item set (fillfactor = 70)')
  }
}
