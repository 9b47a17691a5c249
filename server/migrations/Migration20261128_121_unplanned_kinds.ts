import { Migration } from '@mikro-orm/migrations'

/**
 * Not only values change without a plan: things appear and go missing, relationships begin and end. What began is found by a summary
 * of each range of pages, which costs a load nothing at a row; what ended by an index of that alone.
 */
export class Migration20261128_121_unplanned_kinds extends Migration {
  override up(): void {
    for (const statement of [
      `alter table unplanned_decision
         add column kind text not null default 'VALUE'
           check (kind in ('VALUE', 'APPEARED', 'WENT_MISSING', 'RELATIONSHIP_BEGAN', 'RELATIONSHIP_ENDED')),
         add column other_id uuid references actual_item on delete cascade deferrable initially deferred,
         drop constraint unplanned_decision_actual_item_id_at_attribute_key,
         add constraint unplanned_decision_once unique nulls not distinct (actual_item_id, at, kind, attribute, other_id)`,
      `create index actual_relationship_began on actual_relationship using brin (first_seen_at)`,
      `create index actual_relationship_ended on actual_relationship (gone_at) where gone_at is not null`,
    ])
      this.addSql(statement)
  }
}
