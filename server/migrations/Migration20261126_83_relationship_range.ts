import { Migration } from '@mikro-orm/migrations'

/**
 * Where the range of a new relationship may begin is looked up by index, also in the transaction that fills the table: a
 * plan that was made while it was small would read all of it for each row.
 */
export class Migration20261126_83_relationship_range extends Migration {
  override up(): void {
    for (const statement of statements) this.addSql(statement)
  }
}

const statements = [
  // The inner query keeps the index of the ends out: it would be read from its end for each row.
  `create function latest_end_of(source uuid, kind text, target uuid) returns timestamptz language plpgsql stable
    set enable_seqscan = off as $$
    begin
      return (select max(ended.valid_to) from (
        select valid_to from relationship
        where source_id = source and type = kind and target_id = target and valid_to is not null offset 0) ended);
    end $$`,
  `create or replace function keep_relationship_range() returns trigger language plpgsql as $$
    begin
      if tg_op = 'INSERT' then
        new.change_id := current_graph_change();
        new.valid_from := greatest(date_trunc('milliseconds', new.valid_from),
          latest_end_of(new.source_id, new.type, new.target_id));
      else
        new.end_change_id := current_graph_change();
        new.valid_to := case when new.end_change_id = new.change_id then new.valid_from
          else greatest(date_trunc('milliseconds', now()), new.valid_from + interval '1 ms') end;
      end if;
      return new;
    end $$`,
]
