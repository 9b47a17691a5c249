import { Migration } from '@mikro-orm/migrations'

const reference = (table: string) => `references ${table} (uuid) deferrable initially deferred`

/** The files that discovery read, one row for each run that read one. */
export class Migration20261126_40_discovery_files extends Migration {
  override up(): void {
    this.addSql(`create table discovery_file (
      uuid uuid primary key default gen_random_uuid(),
      run_id uuid not null ${reference('discovery_run')},
      product_id uuid not null ${reference('management_product')},
      ordinal integer not null,
      name text not null,
      stamp timestamptz,
      superseded boolean not null default false,
      items integer not null default 0,
      read_at timestamptz not null default clock_timestamp(),
      unique (run_id, name))`)
    this.addSql(`create index discovery_file_by_product on discovery_file (product_id, read_at)`)
  }
}
