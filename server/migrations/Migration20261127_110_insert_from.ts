import { Migration } from '@mikro-orm/migrations'

/** Which sources may make items of a class: null is what the parent class says, and an empty list every source. */
export class Migration20261127_110_insert_from extends Migration {
  override up(): void {
    this.addSql('alter table identity_rule add column insert_from jsonb')
  }
}
