import { Migration } from '@mikro-orm/migrations'

/** What a run of discovery would change may wait for a person, by the policy of its product. */
export class Migration20261127_111_reviews extends Migration {
  override up(): void {
    this.addSql(
      `alter table discovery_policy add column changes text not null default 'APPLY' check (changes in ('APPLY', 'REVIEW'))`,
    )
    this.addSql(`alter table discovery_run drop constraint discovery_run_state_check`)
    this.addSql(
      `alter table discovery_run
         add check (state in ('QUEUED', 'RUNNING', 'AWAITING_REVIEW', 'APPLYING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'DISCARDED')),
         add column review boolean not null default false,
         add column reviewed_by uuid,
         add column reviewed_at timestamptz,
         add column load_warnings integer not null default 0`,
    )
  }
}
