import { Migration } from '@mikro-orm/migrations'

/** A question of identity that another answer leaves without an object closes by itself; also those that are so already. */
export class Migration20261128_124_settled_questions extends Migration {
  override up(): void {
    this.addSql('set constraints all immediate')
    this.addSql(`alter table identity_question drop constraint identity_question_state_check`)
    this.addSql(`alter table identity_question add constraint identity_question_state_check
      check (state in ('OPEN', 'MERGED', 'KEPT_APART', 'RECLASSIFIED', 'DISMISSED', 'SETTLED'))`)
    this.addSql(`with gone as (
      update identity_question q set state = 'SETTLED', version = q.version + 1, decided_at = now(),
        comment = 'Its items were merged by another answer.'
      from actual_item a where a.uuid = q.item_id and q.state = 'OPEN'
        and (a.state = 'MERGED' or q.candidates <> '{}' and not exists (
          select from actual_item c where c.uuid = any(q.candidates) and c.state <> 'MERGED'))
      returning q.uuid, q.comment)
      insert into history (uuid, subject, action, from_state, to_state, reason)
      select gen_random_uuid(), uuid, 'settle', 'OPEN', 'SETTLED', comment from gone`)
    this.addSql('set constraints all deferred')
  }
}
