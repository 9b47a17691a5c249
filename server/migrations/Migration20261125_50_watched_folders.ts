import { Migration } from '@mikro-orm/migrations'

/** Of folders of books that are watched: the state for which a run was started last. */
export class Migration20261125_50_watched_folders extends Migration {
  override up(): void {
    this.addSql(`create table discovery_watch (
      product_id uuid primary key references management_product (uuid) deferrable initially deferred,
      state text)`)
  }
}
