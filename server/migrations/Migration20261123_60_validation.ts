import { Migration } from '@mikro-orm/migrations'

const deferred = 'deferrable initially deferred'

/** Validations with what they read and found; approvals, and who may not be whom. */
export class Migration20261123_60_validation extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create table validation (
      uuid uuid primary key,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      version integer not null default 1,
      scope_ids uuid[] not null default '{}',
      deployment_id uuid not null references deployment ${deferred},
      state text not null check (state in ('RUNNING', 'PASSED', 'BLOCKED', 'FAILED', 'INVALIDATED', 'EXPIRED')),
      rules jsonb not null,
      counts jsonb not null,
      digest text check (digest ~ '^sha256:[0-9a-f]{64}$'),
      seq bigint,
      valid_until timestamptz,
      invalidated_by text,
      started_by_id uuid references account ${deferred},
      finished_at timestamptz,
      check (state not in ('PASSED', 'BLOCKED') or digest is not null and seq is not null and valid_until is not null))`)
    this.addSql(`create index validation_by_deployment on validation (deployment_id, created_at)`)
    // The watcher looks at these only.
    this.addSql(`create index validation_open on validation (valid_until) where state = 'PASSED'`)
    this.addSql(`create unique index validation_one_at_a_time on validation (deployment_id) where state = 'RUNNING'`)

    this.addSql(`create table validation_fact (
      validation_id uuid not null references validation ${deferred},
      predicate text not null,
      subject uuid not null,
      value jsonb not null,
      primary key (validation_id, predicate, subject))`)
    this.addSql(`create index validation_fact_by_subject on validation_fact (subject)`)

    this.addSql(`create table finding (
      uuid uuid primary key,
      created_at timestamptz not null default now(),
      validation_id uuid not null references validation ${deferred},
      place integer not null,
      rule text not null,
      severity text not null check (severity in ('BLOCK', 'WARNING', 'PASS')),
      title text not null,
      message text not null,
      advice text,
      evidence jsonb not null,
      item_id uuid references configuration_item ${deferred},
      item_name text,
      unique (validation_id, place))`)

    // The author is copied, so that the table itself can say who may not approve; the foreign key keeps the copy true.
    this.addSql(`create unique index deployment_author on deployment (uuid, created_by_id)`)
    this.addSql(`create table approval (
      uuid uuid primary key,
      created_at timestamptz not null default now(),
      deployment_id uuid not null,
      author_id uuid not null,
      validation_id uuid not null references validation ${deferred},
      by_id uuid not null references account ${deferred},
      decision text not null check (decision in ('APPROVED', 'REJECTED')),
      digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
      comment text,
      foreign key (deployment_id, author_id) references deployment (uuid, created_by_id) ${deferred},
      constraint approver_is_not_author check (by_id <> author_id))`)
    this.addSql(`create index approval_by_deployment on approval (deployment_id, created_at)`)

    // Where an approval stands, nobody starts what they planned or approved themselves, whatever the program says.
    this.addSql(`create function deployer_is_another() returns trigger language plpgsql as $body$
      begin
        if exists (select from approval a where a.deployment_id = new.uuid and a.decision = 'APPROVED'
            and new.started_by_id in (a.by_id, a.author_id)) then
          raise exception 'the deployer of % is its author or approver', new.number
            using errcode = 'check_violation', constraint = 'deployer_is_another';
        end if;
        return new;
      end $body$`)
    this.addSql(`create trigger deployer_is_another before update of started_by_id on deployment
      for each row when (new.started_by_id is not null) execute function deployer_is_another()`)
    this.addSql(`create function approver_is_not_deployer() returns trigger language plpgsql as $body$
      begin
        if exists (select from deployment d where d.uuid = new.deployment_id and d.started_by_id = new.by_id) then
          raise exception 'the approver started the deployment'
            using errcode = 'check_violation', constraint = 'approver_is_not_deployer';
        end if;
        return new;
      end $body$`)
    this.addSql(`create trigger approver_is_not_deployer before insert or update on approval
      for each row execute function approver_is_not_deployer()`)
  }
}
