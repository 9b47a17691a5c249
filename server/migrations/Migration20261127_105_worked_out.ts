import { Migration } from '@mikro-orm/migrations'

/**
 * By which rules of identity marks and values were worked out last. A migration may change rules, and knows no jobs: the
 * program compares at its start. No row: it is not known, so everything is worked out once.
 */
export class Migration20261127_105_worked_out extends Migration {
  override up(): void {
    this.addSql(`create table identity_worked_out (
      one boolean primary key default true check (one),
      rules text not null,
      at timestamptz not null
    )`)
  }
}
