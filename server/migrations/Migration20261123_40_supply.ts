import { Migration } from '@mikro-orm/migrations'

/** Columns that every changing noun has. */
const noun = `
  uuid uuid primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version int not null default 1,
  scope_ids uuid[] not null default '{}'`

const deferred = 'deferrable initially deferred'

/** Repositories and what they hold; releases; tasks. */
export class Migration20261123_40_supply extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create table repository (${noun},
      name text not null,
      kind text not null,
      config jsonb not null,
      product_id uuid references management_product ${deferred},
      state text not null check (state in ('ACTIVE', 'RETIRED')))`)
    this.addSql(`create unique index repository_name on repository (lower(name)) where state = 'ACTIVE'`)
    this.addSql(`create index repository_product on repository (product_id)`)

    this.addSql(`create sequence repository_scan_number`)
    this.addSql(`create table repository_scan (${noun},
      ordinal int not null unique default nextval('repository_scan_number'),
      repository_id uuid not null references repository ${deferred},
      state text not null check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED')),
      percent int not null default 0 check (percent between 0 and 100),
      found int not null default 0,
      added int not null default 0,
      withdrawn int not null default 0,
      alerts text[] not null default '{}',
      failure text,
      started_by uuid references account ${deferred},
      started_at timestamptz not null default now(),
      finished_at timestamptz)`)
    this.addSql(`create index repository_scan_repository on repository_scan (repository_id, ordinal)`)
    this.addSql(`create unique index repository_scan_one on repository_scan (repository_id)
      where state in ('QUEUED', 'RUNNING')`)

    this.addSql(`create table package (${noun},
      repository_id uuid not null references repository ${deferred},
      name text not null,
      purl text not null,
      unique (repository_id, name))`)

    this.addSql(`create table package_version (${noun},
      package_id uuid not null references package ${deferred},
      number text not null,
      platform text not null,
      arch text not null,
      purl text not null,
      digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
      size bigint not null,
      state text not null check (state in ('AVAILABLE', 'WITHDRAWN', 'ALERT')),
      alert text,
      withdrawn_by_hand boolean not null default false,
      held boolean not null,
      file text not null,
      manifest jsonb not null,
      published_at timestamptz,
      scanned_at timestamptz not null,
      unique (package_id, number, platform, arch),
      check (held or state <> 'AVAILABLE'))`)
    this.addSql(`create index package_version_digest on package_version (digest)`)

    // "Where is this version installed?" goes from the package to what was observed.
    this.addSql(`create index actual_item_software on actual_item ((attributes->>'package'), (attributes->>'version'))
      where class_name = 'SoftwareInstallation'`)

    this.addSql(`create sequence release_number`)
    this.addSql(`create table release (${noun},
      ordinal int not null unique default nextval('release_number'),
      title text not null,
      purpose text not null,
      owner_id uuid references account ${deferred},
      scheduled_for timestamptz,
      back_out_plan text not null,
      verification_plan text not null,
      state text not null
        check (state in ('DRAFT', 'PLANNED', 'IN_PROGRESS', 'COMPLETED', 'CLOSED', 'CANCELLED')),
      own_scope_ids uuid[] not null default '{}')`)
    this.addSql(`create index release_scopes on release using gin (scope_ids)`)
    this.addSql(`create table release_source (
      release_id uuid not null references release ${deferred},
      package_version_id uuid not null references package_version ${deferred},
      added_at timestamptz not null default now(),
      primary key (release_id, package_version_id))`)
    this.addSql(`create index release_source_version on release_source (package_version_id)`)
    this.addSql(`create table release_target (
      release_id uuid not null references release ${deferred},
      item_id uuid not null references configuration_item ${deferred},
      primary key (release_id, item_id))`)
    this.addSql(`create index release_target_item on release_target (item_id)`)

    this.addSql(`create sequence task_number`)
    this.addSql(`create table task (${noun},
      ordinal int not null unique default nextval('task_number'),
      release_id uuid not null references release ${deferred},
      title text not null,
      type text not null check (type in ('SOFTWARE_DISTRIBUTION', 'GENERAL')),
      owner_id uuid references account ${deferred},
      source_id uuid references package_version ${deferred},
      source_refined boolean not null default false,
      targets_refined boolean not null default false,
      state text not null
        check (state in ('WAITING', 'READY', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED')))`)
    this.addSql(`create index task_release on task (release_id, ordinal)`)
    this.addSql(`create index task_owner on task (owner_id)`)
    this.addSql(`create index task_source on task (source_id)`)
    this.addSql(`create index task_scopes on task using gin (scope_ids)`)
    this.addSql(`create table task_target (
      task_id uuid not null references task ${deferred},
      item_id uuid not null references configuration_item ${deferred},
      primary key (task_id, item_id))`)
    this.addSql(`create index task_target_item on task_target (item_id)`)
    this.addSql(`create table task_predecessor (
      task_id uuid not null references task ${deferred},
      predecessor_id uuid not null references task ${deferred},
      primary key (task_id, predecessor_id),
      check (task_id <> predecessor_id))`)
    this.addSql(`create index task_predecessor_predecessor on task_predecessor (predecessor_id)`)
  }
}
