import { Migration } from '@mikro-orm/migrations'

/**
 * Through which promotion scope an item came, or was linked with what is seen. The name is kept as it was then, and the scope
 * is no foreign key, because what came through it outlives it. Who, when and why is the change of the graph.
 */
export class Migration20261128_126_item_promotions extends Migration {
  override up(): void {
    this.addSql(`create table item_promotion (
      item_id uuid primary key references configuration_item on delete cascade deferrable initially deferred,
      change_id uuid not null references graph_change deferrable initially deferred,
      scope_id uuid not null,
      scope_name text not null,
      seen_class text not null,
      fate text not null check (fate in ('CREATE', 'LINK')))`)
  }
}
