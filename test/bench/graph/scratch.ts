import 'reflect-metadata'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { Catalogue } from '../../../server/catalogue/catalogue.ts'
import { loadCatalogue } from '../../../server/catalogue/keeper.ts'
import { createOrm, migrate } from '../../../server/kernel/database.ts'
import { openDataFolder } from '../../../server/kernel/data-folder.ts'
import { uuidv7 } from '../../../server/kernel/noun.ts'
import { startPostgres } from '../../../server/kernel/postgres.ts'
import { mintSecret } from '../../../server/account/secret-text.ts'
import { migrations } from '../../../server/migrations/list.ts'

export interface Scratch {
  url: string
  folder: string
  client: Client
  /** The classes and relationship types that come with Waybill. */
  catalogue: Catalogue
  close(): Promise<void>
}

/** An embedded PostgreSQL in a folder of its own, migrated and empty. */
export async function scratch(): Promise<Scratch> {
  const folder = await openDataFolder(await mkdtemp(join(tmpdir(), 'waybill-bench-')))
  const postgres = await startPostgres({ folder: folder.path, durable: false })
  const orm = await createOrm(postgres.url, { entities: [], migrations })
  await migrate(orm)
  const catalogue = await loadCatalogue(orm.em.fork())
  await orm.close(true)
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  // Loads as a restore would: no triggers, no checks of references.
  await client.query('set session_replication_role = replica')
  return {
    url: postgres.url,
    folder: folder.path,
    client,
    catalogue,
    async close() {
      await client.end()
      await postgres.stop()
      await folder.release()
      await rm(folder.path, { recursive: true, force: true })
    },
  }
}

/** Items with these names from `from` on; item n has the UUID `item(n)`. */
export async function insertItems(client: Client, names: string[], from = 0, className = 'SoftwareInstallation') {
  await client.query(
    `insert into configuration_item (uuid, ordinal, name, class_name, state)
     select md5('item ' || n)::uuid, n, name, $3, 'PRODUCTION'
     from (select name, row_number() over () + $2::int - 1 as n from unnest($1::text[]) with ordinality u(name, o)) x`,
    [names, from, className],
  )
}

/** Relationships between items by their numbers, shifted by `shift`. */
export async function insertEdges(client: Client, type: string, edges: [number, number][], shift = 0) {
  await client.query(
    `insert into relationship (uuid, type, source_id, target_id)
     select gen_random_uuid(), $1, md5('item ' || s + $4)::uuid, md5('item ' || t + $4)::uuid
     from unnest($2::int[], $3::int[]) e(s, t) on conflict do nothing`,
    [type, edges.map(([from]) => from), edges.map(([, to]) => to), shift],
  )
}

/** Bearers of `count` accounts that may read: each may ask 100 times a second. */
export async function readers(client: Client, count: number): Promise<string[]> {
  const texts: string[] = []
  for (let n = 0; n < count; n++) {
    const [account, token] = [uuidv7(), uuidv7()]
    const { text, hash } = mintSecret('api', token)
    await client.query(`insert into account (uuid, login, name, state) values ($1, $2, $2, 'ACTIVE')`, [
      account,
      `r${n}`,
    ])
    await client.query(`insert into account_grant (uuid, account_id, role) values ($1, $2, 'VIEWER')`, [
      uuidv7(),
      account,
    ])
    await client.query(
      `insert into api_token (uuid, account_id, name, secret_hash, permissions, last_used_at)
       values ($1, $2, 'bench', $3, '{estate.read}', now() + interval '1 hour')`,
      [token, account, hash],
    )
    texts.push(text)
  }
  return texts
}
