import { Migration } from '@mikro-orm/migrations'

/** The page of a discovery run lists the questions that it raised. */
export class Migration20261126_97_questions_by_run extends Migration {
  override up(): void {
    this.addSql(`create index identity_question_by_run on identity_question (run_id, created_at, uuid)`)
  }
}
