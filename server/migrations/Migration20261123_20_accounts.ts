import { Migration } from '@mikro-orm/migrations'

/** Accounts with what they sign in by, and the audit log. */
export class Migration20261123_20_accounts extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create table account (
      uuid uuid primary key,
      login text not null,
      name text not null,
      state text not null check (state in ('INVITED', 'ACTIVE', 'DISABLED')),
      password_hash text,
      last_seen_at timestamptz,
      version integer not null default 1,
      scope_ids uuid[] not null default '{}',
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`)
    this.addSql(`create unique index account_login on account (lower(login))`)
    this.addSql(`create table account_grant (
      uuid uuid primary key,
      account_id uuid not null references account deferrable initially deferred,
      role text not null,
      scope_id uuid,
      granted_by_id uuid references account deferrable initially deferred,
      created_at timestamptz not null default now(),
      unique nulls not distinct (account_id, role, scope_id)
    )`)
    this.addSql(`create table session (
      uuid uuid primary key,
      account_id uuid not null references account deferrable initially deferred,
      secret_hash bytea not null unique,
      expires_at timestamptz not null,
      last_seen_at timestamptz not null default now(),
      ended_at timestamptz,
      created_at timestamptz not null default now()
    )`)
    this.addSql(`create index session_account on session (account_id)`)
    this.addSql(`create table api_token (
      uuid uuid primary key,
      account_id uuid not null references account deferrable initially deferred,
      name text not null,
      secret_hash bytea not null,
      permissions text[] not null,
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz,
      created_at timestamptz not null default now()
    )`)
    this.addSql(`create index api_token_account on api_token (account_id)`)
    this.addSql(`create table one_time_link (
      uuid uuid primary key,
      purpose text not null check (purpose in ('SET_UP', 'INVITATION', 'SIGN_IN')),
      account_id uuid references account deferrable initially deferred,
      secret_hash bytea not null unique,
      expires_at timestamptz,
      used_at timestamptz,
      created_at timestamptz not null default now(),
      check ((purpose = 'SET_UP') = (account_id is null))
    )`)
    this.addSql(`create table idempotency_key (
      account_id uuid not null references account deferrable initially deferred,
      key text not null,
      mutation text not null,
      input_hash bytea not null,
      answer jsonb not null,
      created_at timestamptz not null default now(),
      primary key (account_id, key)
    )`)
    this.addSql(`create index idempotency_key_age on idempotency_key (created_at)`)

    this.addSql(`create table audit_entry (
      uuid uuid primary key,
      created_at timestamptz not null default now(),
      actor_uuid uuid,
      actor text not null,
      mutation text not null,
      outcome text not null check (outcome in ('ACCEPTED', 'REFUSED')),
      code text,
      message text,
      reason text,
      subject_id text,
      scope_ids uuid[] not null default '{}',
      input jsonb not null,
      request_id text not null,
      seq bigint unique,
      hash text,
      check ((seq is null) = (hash is null))
    )`)
    this.addSql(`create index audit_entry_time on audit_entry (created_at, uuid)`)
    this.addSql(`create index audit_entry_pending on audit_entry (created_at, uuid) where seq is null`)
    this.addSql(`create index audit_entry_subject on audit_entry (subject_id, created_at)`)
    this.addSql(`create index audit_entry_actor on audit_entry (actor_uuid, created_at)`)
    // The newest link of the chain, so that a log cut short at its end is noticed.
    this.addSql(
      `create table audit_head (one boolean primary key default true check (one), seq bigint not null, hash text not null)`,
    )
    this.addSql(`create function audit_is_final() returns trigger language plpgsql as $body$
      begin
        if tg_op = 'UPDATE' and old.seq is null and new.seq is not null
           and to_jsonb(new) - 'seq' - 'hash' = to_jsonb(old) - 'seq' - 'hash' then
          return new;
        end if;
        raise exception 'the audit log is only ever added to' using errcode = 'insufficient_privilege';
      end $body$`)
    this.addSql(`create trigger audit_entry_is_final before update or delete on audit_entry
      for each row execute function audit_is_final()`)
    this.addSql(`create trigger audit_entry_stays before truncate on audit_entry
      for each statement execute function audit_is_final()`)
  }
}
