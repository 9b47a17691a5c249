import 'reflect-metadata'
import { createHash } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CannotStart } from '../../server/kernel/cannot-start.ts'
import { createOrm } from '../../server/kernel/database.ts'
import { migrations } from '../../server/migrations/list.ts'
import { dump, type JobInArchive } from '../../server/transfer/dump.ts'
import { load } from '../../server/transfer/load.ts'
import { aDatabase, type TestDatabase } from '../support/database.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Types and rules that are easily lost on the way, in tables that no code of the transfer knows. */
const ODD_TABLES = `
  create type odd_color as enum ('red', 'green');
  create sequence odd_number;
  create sequence odd_fence;
  create table odd_z_parent (id bigint generated always as identity primary key, name text not null);
  create table odd_a_child (
    parent_id bigint not null references odd_z_parent, -- checked at once: parents have to come first
    seen xid8 not null default pg_current_xact_id(),
    amount numeric, ratio double precision, bytes bytea, at timestamptz, day date,
    json_null jsonb, sql_null jsonb, tags text[], ids uuid[], color odd_color, span tstzrange, short varchar(3),
    doubled numeric generated always as (amount * 2) stored
  );
  create table odd_b_child (parent_id bigint references odd_z_parent deferrable initially deferred);
  create table odd_fired (what text);
  create function odd_fire() returns trigger language plpgsql as
    $$ begin insert into odd_fired values (new.name); return new; end $$;
  create trigger odd_trigger after insert on odd_z_parent for each row execute function odd_fire();
`

const ODD_ROWS = `
  insert into odd_z_parent (name) select 'parent ' || n from generate_series(1, 2500) n;
  delete from odd_fired;
  insert into odd_a_child
    (parent_id, amount, ratio, bytes, at, day, json_null, sql_null, tags, ids, color, span, short)
  values (2500, 12345678901234567890.123456789, 0.1::float8 + 0.2::float8, '\\xdeadbeef00', '2026-11-23 21:00:00.123456+09',
     'infinity', 'null', null, '{"a,b","c\\"d",NULL,"zeile\nzwei"}', '{00000000-0000-7000-8000-000000000001}', 'green',
     '[2026-01-01,)', 'äöü'), (1, null, 'NaN', null, null, null, '{"a": [1, null]}', null, null, null, null, null, '');
  insert into odd_b_child values (1), (2500);
  insert into configuration_item (uuid, ordinal, version, class_name, name, state, attributes, created_at, updated_at, scope_ids)
    values ('00000000-0000-7000-8000-00000000000a', 1, 1, 'Site', 'promoted', 'PRODUCTION', '{}', now(), now(), '{}');
  insert into item_promotion select v.uuid, v.change_id, gen_random_uuid(), 'A scope that is gone', 'Site', 'CREATE'
    from configuration_item_version v where v.name = 'promoted';
  update promotion_scope set mappings = '[{"actualClass": "VirtualMachine", "authorizedClass": "ComputerSystem"}]';
  select nextval('odd_number'), nextval('odd_number'), setval('odd_fence', 7);
  insert into event_inbox (topic, subject) values ('item.changed', gen_random_uuid());
  update event_epoch set head = 4711;
`

const SAME = [
  'odd_z_parent',
  'odd_a_child',
  'odd_b_child',
  'odd_fired',
  'event_inbox',
  'promotion_scope',
  'item_promotion',
]

async function contents(database: TestDatabase) {
  const tables: Record<string, unknown> = {}
  for (const name of SAME) {
    tables[name] = await database.rows(`select (to_jsonb(t) - 'seen')::text as row from ${name} t order by 1`)
  }
  return tables
}

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')

/** A data folder with one stored package. */
async function withBlob(content: string) {
  const folder = await temporaryFolder()
  const path = join(folder, 'blobs', 'sha256', sha256(content).slice(0, 2), sha256(content))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
  return folder
}

async function loadInto(database: TestDatabase, from: string) {
  const orm = await createOrm(database.url, { entities: [], migrations })
  onTestFinished(() => orm.close(true))
  const blobs: Record<string, string> = {}
  const jobs: JobInArchive[] = []
  await load({
    orm,
    from,
    migrations: migrations.map(({ name }) => name),
    putBlob: async (stream, digest) => (blobs[digest] = String(await buffer(stream))),
    enqueue: async (_em, job) => void jobs.push(job),
  })
  return { blobs, jobs }
}

describe('an installation moved into an empty one', () => {
  const [old, fresh] = [aDatabase(), aDatabase()]

  test('is the same down to the last digit, and its events have a new epoch', async () => {
    await old.rows(`${ODD_TABLES}${ODD_ROWS}`)
    await fresh.rows(`${ODD_TABLES} select setval('odd_fence', 1000)`)
    const dataFolder = await withBlob('a package')
    const file = join(await temporaryFolder(), 'waybill.tar')

    const manifest = await dump({ databaseUrl: old.url, dataFolder, to: file })
    const { blobs } = await loadInto(fresh, file)

    expect(manifest.tables.find(({ name }) => name === 'odd_z_parent')?.rows).toBe(2500)
    expect(await contents(fresh)).toEqual(await contents(old))
    expect(blobs).toEqual({ [`sha256:${sha256('a package')}`]: 'a package' })

    const epoch = 'select epoch, head::int as head from event_epoch'
    const [before, after] = [
      await old.rows<{ epoch: string; head: number }>(epoch),
      await fresh.rows<{ epoch: string; head: number }>(epoch),
    ]
    expect(after[0]?.head).toBe(4711)
    expect(after[0]?.epoch).not.toBe(before[0]?.epoch)
    expect(await fresh.rows(`select nextval('odd_number')::int as next`)).toEqual([{ next: 3 }])
    expect(await fresh.rows(`select nextval('odd_fence')::int as next`)).toEqual([{ next: 1001 }])
    expect(await fresh.rows(`insert into odd_z_parent (name) values ('new') returning id::int`)).toEqual([{ id: 2501 }])
    expect(await fresh.rows('select * from odd_fired')).toEqual([{ what: 'new' }])
  })

  test('leaves the file readable by its owner alone, and nothing beside it', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'waybill.tar')
    await dump({ databaseUrl: old.url, dataFolder: folder, to: file })
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600')
    await expect(dump({ databaseUrl: old.url, dataFolder: folder, to: file })).rejects.toThrow(`${file} exists already`)
  })
})

describe('an import', () => {
  const [old, target] = [aDatabase(), aDatabase()]

  async function exported() {
    const file = join(await temporaryFolder(), 'waybill.tar')
    await dump({ databaseUrl: old.url, dataFolder: await withBlob('a package'), to: file })
    return file
  }

  test('into a used installation is refused and says what is there', async () => {
    await target.rows(`insert into event_inbox (topic, subject) values ('item.changed', gen_random_uuid())`)
    await expect(loadInto(target, await exported())).rejects.toThrow(
      /not empty: there is something in event_inbox \(1\)/,
    )
    await target.rows('delete from event_inbox')
  })

  test('of a damaged file is refused and leaves nothing behind', async () => {
    await old.rows(
      `insert into event_inbox (topic, subject, summary) values ('item.changed', gen_random_uuid(), 'precious')`,
    )
    const file = await exported()
    const bytes = await readFile(file)
    bytes.write('previous', bytes.lastIndexOf('precious'))
    await writeFile(file, bytes)
    await expect(loadInto(target, file)).rejects.toThrow('The rows of event_inbox are not those that were exported')
    expect(await target.rows('select * from event_inbox')).toEqual([])
  })

  test('of a file cut short is refused and leaves nothing behind', async () => {
    const file = await exported()
    const bytes = await readFile(file)
    await writeFile(file, bytes.subarray(0, Math.floor(bytes.length * 0.6)))
    await expect(loadInto(target, file)).rejects.toThrow(CannotStart)
    expect(await target.rows('select * from event_inbox')).toEqual([])
  })

  test('of something else is refused', async () => {
    const file = join(await temporaryFolder(), 'letter.txt')
    await writeFile(file, 'Dear Waybill,\n'.repeat(200))
    await expect(loadInto(target, file)).rejects.toThrow(CannotStart)
    await expect(loadInto(target, `${file}.missing`)).rejects.toThrow('letter.txt.missing cannot be read (ENOENT)')
  })

  test('of another version is refused in words', async () => {
    const file = await exported()
    const bytes = await readFile(file)
    const [name] = migrations.map((migration) => migration.name)
    bytes.write(name!.replace('Migration', 'Migrated_'), bytes.indexOf(`"${name}"`) + 1)
    await writeFile(file, bytes)
    await expect(loadInto(target, file)).rejects.toThrow(/comes from a newer Waybill \(it has Migrated_/)
  })
})
