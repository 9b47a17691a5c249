import { Migration } from '@mikro-orm/migrations'

/**
 * Pairs of which a task found no difference, each with why and since when. Narrow and without foreign keys, since a run over
 * a whole estate writes as many as there are items; the list joins the items, so what is gone is not shown.
 */
export class Migration20261127_102_matches extends Migration {
  override up(): void {
    this.addSql(`create table reconciliation_match (
      uuid uuid not null default uuid_in_order(),
      task_id uuid not null,
      configuration_item_id uuid not null,
      actual_item_id uuid not null,
      code text not null,
      since timestamptz not null default now(),
      primary key (task_id, configuration_item_id))`)
    this.addSql(`create unique index reconciliation_match_newest on reconciliation_match (since, uuid)`)
    this.addSql(`create unique index reconciliation_match_uuid on reconciliation_match (uuid)`)
    this.addSql(`create index reconciliation_match_of_item on reconciliation_match (configuration_item_id)`)
  }
}
