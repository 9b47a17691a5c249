import { Migration } from '@mikro-orm/migrations'

/**
 * A load spends much of its time on the entries of indexes. These were asked by nothing, or are the beginning of another; marks
 * are found by their item, and only those that a thing lends to another by the observation that they come from.
 */
export class Migration20261127_107_lighter_loads extends Migration {
  override up(): void {
    for (const statement of [
      'drop index actual_item_by_product',
      'drop index actual_relationship_by_start',
      'alter table discovery_change drop constraint discovery_change_pkey, drop constraint discovery_change_run_id_ordinal_key, drop column uuid',
      'alter table discovery_change add primary key (run_id, ordinal)',
      'alter table actual_mark add column lent boolean not null default false',
      `update actual_mark m set lent = true from observation o where o.uuid = m.observation_id and o.actual_item_id <> m.item_id`,
      'drop index actual_mark_of_observation',
      'create index actual_mark_lent on actual_mark (observation_id) where lent',
    ])
      this.addSql(statement)
  }
}
