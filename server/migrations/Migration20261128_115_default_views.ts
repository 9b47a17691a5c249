import { Migration } from '@mikro-orm/migrations'

/** With which saved view a page opens: for one account, for those who hold a role or are granted one in a scope, for everybody. */
export class Migration20261128_115_default_views extends Migration {
  override up(): void {
    this.addSql(`create table default_view (
      uuid uuid primary key,
      page text not null,
      view_id uuid references saved_view on delete cascade deferrable initially deferred,
      account_id uuid references account deferrable initially deferred,
      role text,
      scope_id uuid,
      set_by_id uuid not null references account deferrable initially deferred,
      created_at timestamptz not null default now(),
      set_at timestamptz not null default now(),
      unique nulls not distinct (page, account_id, role, scope_id),
      check (account_id is null or (role is null and scope_id is null)))`)
    this.addSql(`create index default_view_view on default_view (view_id)`)
  }
}
