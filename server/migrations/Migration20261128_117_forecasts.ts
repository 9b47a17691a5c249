import { Migration } from '@mikro-orm/migrations'

/**
 * What is said of how long a deployment still takes: from its beginning to its end one row, kept by
 * `deployment/forecast/keeper.ts`. Tried again it begins another one. What was foretold stays beside what it took.
 */
export class Migration20261128_117_forecasts extends Migration {
  override up(): void {
    this.addSql(`create table forecast (
      deployment_id uuid not null references deployment on delete cascade deferrable initially deferred,
      made_at timestamptz not null,
      closed_at timestamptz,
      -- What earlier runs took, in seconds, as it was known at the beginning.
      runs integer not null,
      basis text,
      quick double precision,
      median double precision,
      slow double precision,
      steps jsonb not null default '[]',
      -- How far earlier forecasts were off at the median, and how many they were.
      off_percent integer,
      off_runs integer not null default 0,
      -- What was foretold for the whole, and what it took without pauses.
      first_low double precision,
      first_high double precision,
      paused_seconds double precision not null default 0,
      took_seconds double precision,
      -- What is said now.
      said_at timestamptz not null default now(),
      said_basis text,
      low_seconds double precision,
      high_seconds double precision,
      percent integer not null default 0,
      paused boolean not null default false,
      again integer not null default 0,
      deferred integer not null default 0,
      reason text,
      reason_at timestamptz,
      promised_at timestamptz,
      promised_seconds double precision,
      primary key (deployment_id, made_at)
    )`)
    this.addSql(`create unique index forecast_open on forecast (deployment_id) where closed_at is null`)
  }
}
