import { Migration } from '@mikro-orm/migrations'

const deferred = 'deferrable initially deferred'

/**
 * What people decide about a release: only an approved one permits changes of protected items. Releases in progress keep
 * what they permit: they count as approved, by nobody.
 */
export class Migration20261128_123_release_approvals extends Migration {
  override up(): void {
    // A table with checks that wait for the commit cannot be altered, and a fresh database gets everything in one.
    this.addSql('set constraints all immediate')
    this.addSql(`alter table release add column revision integer not null default 1`)
    this.addSql(`create table release_approval (
      uuid uuid primary key,
      created_at timestamptz not null default now(),
      release_id uuid not null references release ${deferred},
      by_id uuid references account ${deferred},
      decision text not null check (decision in ('APPROVED', 'REJECTED')),
      revision integer not null,
      comment text)`)
    this.addSql(`create index release_approval_by_release on release_approval (release_id, created_at)`)
    // Nobody decides about what they made or edited themselves, whatever the program says.
    this.addSql(`create function release_approver_is_not_author() returns trigger language plpgsql as $body$
      begin
        if exists (select from history h where h.subject = new.release_id and h.actor = new.by_id and h.at <= new.created_at
            and (h.action = 'create' or h.changes is not null)) then
          raise exception 'the approver made or edited the release'
            using errcode = 'check_violation', constraint = 'release_approver_is_not_author';
        end if;
        return new;
      end $body$`)
    this.addSql(`create trigger release_approver_is_not_author before insert or update on release_approval
      for each row execute function release_approver_is_not_author()`)
    this.addSql(`insert into release_approval (uuid, release_id, decision, revision, comment)
      select gen_random_uuid(), uuid, 'APPROVED', revision, 'It was in progress when releases began to need an approval.'
      from release where state = 'IN_PROGRESS'`)
    this.addSql('set constraints all deferred')
  }
}
