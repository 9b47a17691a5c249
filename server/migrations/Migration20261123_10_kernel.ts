import { Migration } from '@mikro-orm/migrations'

/** History of every noun, the event inbox, and the numbered log (D5). */
export class Migration20261123_10_kernel extends Migration {
  async up() {
    this.addSql(`
      create table history (
        uuid uuid primary key,
        subject uuid not null,
        at timestamptz not null default now(),
        action text not null,
        from_state text,
        to_state text,
        actor uuid,
        reason text,
        changes jsonb
      )`)
    this.addSql(`create index history_subject on history (subject, at, uuid)`)

    // Rows live here for milliseconds, so the table stays small as long as it is vacuumed often.
    this.addSql(`
      create table event_inbox (
        id bigint generated always as identity primary key,
        topic text not null,
        subject uuid not null,
        version integer not null default 0,
        scope_ids uuid[] not null default '{}',
        payload jsonb,
        actor uuid,
        summary text,
        at timestamptz not null default clock_timestamp()
      ) with (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0)`)

    // Partitions are made ahead and dropped by the sequencer.
    this.addSql(`
      create table event (
        seq bigint not null primary key,
        inbox_id bigint not null,
        topic text not null,
        subject uuid not null,
        version integer not null,
        scope_ids uuid[] not null,
        payload jsonb,
        actor uuid,
        summary text,
        at timestamptz not null
      ) partition by range (seq)`)
    this.addSql(`create index event_inbox_id on event (inbox_id)`)

    // One row. The head is the highest number given; fence grows with every elected sequencer.
    this.addSql(`
      create table event_epoch (
        one boolean primary key default true check (one),
        epoch uuid not null default gen_random_uuid(),
        head bigint not null default 0,
        fence bigint not null default 0
      ) with (fillfactor = 50)`)
    this.addSql(`insert into event_epoch default values`)
  }
}
