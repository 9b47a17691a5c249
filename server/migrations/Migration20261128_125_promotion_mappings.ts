import { Migration } from '@mikro-orm/migrations'

/** A promotion scope says what the things of an actual class become; without a mapping they keep their class. */
export class Migration20261128_125_promotion_mappings extends Migration {
  override up(): void {
    this.addSql(`alter table promotion_scope add column mappings jsonb not null default '[]'`)
  }
}
