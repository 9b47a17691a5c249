import { Migration } from '@mikro-orm/migrations'

/** Which keys of hosts people trust, and what hosts told when they were read last. */
export class Migration20261125_55_host_keys extends Migration {
  override up(): void {
    this.addSql(`create table host_key (
      uuid uuid primary key,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      version int not null default 1,
      scope_ids uuid[] not null default '{}',
      product_id uuid not null references management_product deferrable initially deferred,
      host text not null,
      address text not null,
      type text not null,
      fingerprint text not null,
      state text not null check (state in ('PENDING', 'APPROVED', 'REJECTED', 'CHANGED')),
      last_seen_at timestamptz not null default now(),
      decided_by uuid,
      decided_at timestamptz,
      unique (product_id, host, fingerprint))`)
    this.addSql(`create unique index host_key_one_approved on host_key (product_id, host) where state = 'APPROVED'`)
    this.addSql(`create table host_capture (
      uuid uuid primary key,
      product_id uuid not null references management_product deferrable initially deferred,
      host text not null,
      at timestamptz not null,
      size int not null,
      compressed bytea not null)`)
    this.addSql(`create index host_capture_product on host_capture (product_id, at, uuid)`)
    this.addSql(`create index host_capture_host on host_capture (product_id, host, at)`)
  }
}
