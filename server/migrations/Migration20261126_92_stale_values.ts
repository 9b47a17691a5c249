import { Migration } from '@mikro-orm/migrations'

/**
 * The age of what a source says is kept with it: as of when it was counted, and when it is to be counted next (null: by no
 * rule). A load fills the columns only where a rule lets values grow stale, and pays for them nowhere else.
 */
export class Migration20261126_92_stale_values extends Migration {
  override up(): void {
    this.addSql('alter table observation add column aged_at timestamptz, add column stale_at timestamptz')
    this.addSql('create index observation_stale on observation (stale_at) where current and stale_at is not null')
    // What is there is counted once at the next look, by the rules of then.
    this.addSql(
      `update observation set stale_at = last_at where current and exists (
         select from identity_rule r where jsonb_path_exists(r."values", '$[*].staleAfter'))`,
    )
  }
}
