import { Migration } from '@mikro-orm/migrations'

/** Who holds a deployment and to whom they hand it over. One without a row was never held. */
export class Migration20261128_113_holds extends Migration {
  override up(): void {
    this.addSql(`create table deployment_hold (
      uuid uuid primary key references deployment on delete cascade deferrable initially deferred,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      version integer not null default 1,
      scope_ids uuid[] not null default '{}',
      state text not null default 'FREE' check (state in ('FREE', 'HELD', 'HANDING_OVER')),
      holder_id uuid references account deferrable initially deferred,
      since timestamptz,
      successor_id uuid references account deferrable initially deferred,
      note text,
      handed_over_at timestamptz,
      check ((state = 'FREE') = (holder_id is null)),
      check ((state = 'FREE') = (since is null)),
      check ((state = 'HANDING_OVER') = (successor_id is not null)),
      check ((state = 'HANDING_OVER') = (handed_over_at is not null)),
      check (state = 'HANDING_OVER' or note is null))`)
    this.addSql('create index deployment_hold_by_holder on deployment_hold (holder_id) where holder_id is not null')
    this.addSql(
      'create index deployment_hold_by_successor on deployment_hold (successor_id) where successor_id is not null',
    )
  }
}
