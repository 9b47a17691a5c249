import { Migration } from '@mikro-orm/migrations'

/** Names that people give to a page of the dashboard with its filters. */
export class Migration20261126_91_saved_views extends Migration {
  override up(): void {
    this.addSql(`create table saved_view (
      uuid uuid primary key,
      account_id uuid not null references account deferrable initially deferred,
      name text not null,
      path text not null,
      page text not null generated always as (split_part(path, '?', 1)) stored,
      shared boolean not null default false,
      version int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now())`)
    this.addSql(`create unique index saved_view_name on saved_view (account_id, page, lower(name))`)
    this.addSql(`create index saved_view_shared on saved_view (page) where shared`)
  }
}
