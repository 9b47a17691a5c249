import { Migration } from '@mikro-orm/migrations'

/** The note that is pinned to a deployment, and who is on what went wrong in it; earlier ones are in the history. */
export class Migration20261128_114_notes_and_acknowledgements extends Migration {
  override up(): void {
    this.addSql(`create table shift_note (
      deployment_id uuid primary key references deployment on delete cascade deferrable initially deferred,
      text text not null,
      by_id uuid not null references account deferrable initially deferred,
      at timestamptz not null default now())`)
    // It counts until something else goes wrong: then there are more failures than it was given for.
    this.addSql(`create table deployment_acknowledgement (
      deployment_id uuid primary key references deployment on delete cascade deferrable initially deferred,
      comment text,
      by_id uuid not null references account deferrable initially deferred,
      at timestamptz not null default now(),
      failures integer not null)`)
  }
}
