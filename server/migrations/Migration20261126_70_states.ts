import { Migration } from '@mikro-orm/migrations'

/** A newer validation supersedes an older one; no target was ever skipped. */
export class Migration20261126_70_states extends Migration {
  override up(): void {
    this.addSql(`alter table validation drop constraint validation_state_check, add constraint validation_state_check
      check (state in ('RUNNING', 'PASSED', 'BLOCKED', 'FAILED', 'INVALIDATED', 'EXPIRED', 'SUPERSEDED'))`)
    this.addSql(`alter table deployment_target drop constraint deployment_target_state_check,
      add constraint deployment_target_state_check check (state in ('PENDING', 'DEFERRED', 'RUNNING', 'REPORTED_OK',
        'FAILED', 'TIMED_OUT', 'IN_DOUBT', 'EXCLUDED', 'CANCELLED'))`)
  }
}
