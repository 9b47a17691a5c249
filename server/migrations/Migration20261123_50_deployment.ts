import { Migration } from '@mikro-orm/migrations'

/** Deployments, their targets, attempts with fences, logs, evidence, and the processes that hold attempts. */
export class Migration20261123_50_deployment extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create sequence deployment_number`)
    // Targets refuse a fence older than the last they saw, also one of an installation before this: so it starts at the clock, ms.
    this.addSql(`create sequence attempt_fence`)
    this.addSql(`select setval('attempt_fence', (extract(epoch from clock_timestamp()) * 1000)::bigint)`)
    this.addSql(`create sequence worker_lock_key as integer cycle`)

    // A process at work. It holds the advisory lock (7296002, lock_key) in a session; a free lock means that it is gone.
    this.addSql(`create table worker_process (
      uuid uuid primary key,
      lock_key integer not null unique default nextval('worker_lock_key'),
      host text not null,
      pid integer not null,
      started_at timestamptz not null default now()
    )`)

    this.addSql(`create table deployment (
      uuid uuid primary key,
      version integer not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      scope_ids uuid[] not null default '{}',
      own_scope_ids uuid[] not null default '{}',
      number text not null unique default 'DPL-' || nextval('deployment_number'),
      title text not null,
      state text not null check (state in ('DRAFT', 'VALIDATING', 'BLOCKED', 'VALIDATED', 'AWAITING_APPROVAL', 'SCHEDULED',
        'INVALIDATED', 'EXPIRED', 'QUEUED', 'RUNNING', 'PAUSED', 'CANCELLING', 'INTERVENTION', 'SUCCEEDED', 'PARTIAL',
        'FAILED', 'CANCELLED', 'SUPERSEDED')),
      confirmation text not null check (confirmation in ('AWAITED', 'CONFIRMED', 'CONTRADICTED', 'UNCONFIRMED')),
      distribution text not null check (distribution in ('AUTOMATIC', 'MANUAL')),
      task_id uuid not null references task deferrable initially deferred,
      release_id uuid not null references release deferrable initially deferred,
      source_id uuid not null references package_version deferrable initially deferred,
      product_id uuid references management_product deferrable initially deferred,
      roll_back_of_id uuid references deployment deferrable initially deferred,
      created_by_id uuid not null references account deferrable initially deferred,
      started_by_id uuid references account deferrable initially deferred,
      cancelled_by_id uuid references account deferrable initially deferred,
      instructions text,
      steps text[] not null default '{waiting}',
      max_in_flight integer not null default 16 check (max_in_flight between 1 and 1000),
      attempt_seconds integer not null default 600 check (attempt_seconds between 1 and 86400),
      target_total integer not null default 0,
      driver_id uuid references worker_process on delete set null,
      deadline_at timestamptz,
      started_at timestamptz,
      finished_at timestamptz
    ) with (fillfactor = 70)`)
    this.addSql(`create index deployment_by_scope on deployment using gin (scope_ids)`)
    this.addSql(`create index deployment_by_task on deployment (task_id)`)
    this.addSql(`create index deployment_by_release on deployment (release_id)`)
    this.addSql(`create index deployment_by_source on deployment (source_id)`)
    this.addSql(
      `create index deployment_by_roll_back on deployment (roll_back_of_id) where roll_back_of_id is not null`,
    )
    this.addSql(`create index deployment_moving on deployment (state)
      where state in ('VALIDATING', 'QUEUED', 'RUNNING', 'PAUSED', 'CANCELLING', 'INTERVENTION')`)

    this.addSql(`create table deployment_target (
      uuid uuid primary key,
      version integer not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      scope_ids uuid[] not null default '{}',
      deployment_id uuid not null references deployment deferrable initially deferred,
      item_id uuid not null references configuration_item deferrable initially deferred,
      idx integer not null,
      state text not null check (state in ('PENDING', 'DEFERRED', 'RUNNING', 'REPORTED_OK', 'FAILED', 'TIMED_OUT',
        'IN_DOUBT', 'EXCLUDED', 'SKIPPED', 'CANCELLED')),
      confirmation text not null check (confirmation in ('AWAITED', 'CONFIRMED', 'CONTRADICTED', 'UNCONFIRMED')),
      percent integer not null default 0,
      step_index integer not null default 0,
      cause text,
      previous_version text,
      previous_version_id uuid references package_version deferrable initially deferred,
      attempt_id uuid,
      attempts integer not null default 0,
      touched boolean not null default false,
      not_before timestamptz,
      confirm_at timestamptz,
      confirm_tries integer not null default 0,
      log_count integer not null default 0,
      first_error integer,
      settled_at timestamptz,
      unique (deployment_id, idx),
      unique (deployment_id, item_id)
    ) with (fillfactor = 70)`)
    this.addSql(`create index deployment_target_by_item on deployment_target (item_id)`)
    this.addSql(
      `create index deployment_target_pending on deployment_target (deployment_id, idx) where state = 'PENDING'`,
    )
    this.addSql(
      `create index deployment_target_deferred on deployment_target (deployment_id, idx) where state = 'DEFERRED'`,
    )
    this.addSql(
      `create index deployment_target_to_confirm on deployment_target (confirm_at) where confirm_at is not null`,
    )

    this.addSql(`create table attempt (
      uuid uuid primary key,
      created_at timestamptz not null default now(),
      deployment_id uuid not null references deployment deferrable initially deferred,
      target_id uuid not null references deployment_target deferrable initially deferred,
      item_id uuid not null references configuration_item deferrable initially deferred,
      ordinal integer not null,
      fence bigint not null unique default nextval('attempt_fence'),
      state text not null check (state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING', 'OK', 'FAILED', 'TIMED_OUT',
        'CANCELLED', 'IN_DOUBT')),
      process_id uuid,
      started_by_id uuid references account deferrable initially deferred,
      started_at timestamptz,
      finished_at timestamptz,
      deadline_at timestamptz,
      cause text,
      step_receipts jsonb not null default '[]',
      unique (target_id, ordinal)
    ) with (fillfactor = 70)`)
    this.addSql(`create unique index attempt_holds_item on attempt (item_id)
      where state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING', 'IN_DOUBT')`)
    this.addSql(`create index attempt_by_deployment on attempt (deployment_id, created_at)`)
    this.addSql(`create index attempt_working on attempt (process_id)
      where state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING')`)

    this.addSql(`create table attempt_log (
      target_id uuid not null references deployment_target deferrable initially deferred,
      number integer not null,
      attempt_id uuid not null,
      at timestamptz not null default now(),
      level text not null check (level in ('DEBUG', 'INFO', 'WARNING', 'ERROR')),
      text text not null,
      primary key (target_id, number)
    )`)

    this.addSql(`create table evidence (
      uuid uuid primary key,
      created_at timestamptz not null default now(),
      target_id uuid not null references deployment_target deferrable initially deferred,
      attempt_id uuid,
      at timestamptz not null,
      method text not null,
      intended_version text not null,
      intended_digest text,
      observed_version text,
      observed_digest text,
      healthy boolean,
      verdict text not null check (verdict in ('AWAITED', 'CONFIRMED', 'CONTRADICTED', 'UNCONFIRMED')),
      detail text not null,
      by_name text,
      by_id uuid references account deferrable initially deferred
    )`)
    this.addSql(`create index evidence_by_target on evidence (target_id, created_at)`)
  }
}
