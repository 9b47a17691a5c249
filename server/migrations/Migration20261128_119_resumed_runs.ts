import { Migration } from '@mikro-orm/migrations'

/** A run of discovery that failed or was cancelled may be resumed, once no worker is at it any more. */
export class Migration20261128_119_resumed_runs extends Migration {
  override up(): void {
    this.addSql(
      `alter table discovery_run
         add column resumed_by uuid,
         add column resumed_at timestamptz,
         add column busy boolean not null default false,
         add column settings text`,
    )
  }
}
