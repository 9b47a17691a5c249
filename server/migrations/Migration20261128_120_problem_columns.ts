import { Migration } from '@mikro-orm/migrations'

/** What is wrong in a line of a file has a place in that line. */
export class Migration20261128_120_problem_columns extends Migration {
  override up(): void {
    this.addSql(`alter table discovery_problem add column col integer`)
  }
}
