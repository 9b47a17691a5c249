import { Migration } from '@mikro-orm/migrations'

/** Who looks at which thing now; kept fresh by the program that serves the page, and worth nothing after a crash. */
export class Migration20261126_95_presence extends Migration {
  override up(): void {
    this.addSql(`create unlogged table onlooker (
      uuid uuid primary key,
      subject uuid not null,
      account_id uuid not null references account deferrable initially deferred,
      since timestamptz not null default now(),
      seen_at timestamptz not null default now())`)
    this.addSql('create index onlooker_by_subject on onlooker (subject)')
  }
}
