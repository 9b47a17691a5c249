import { MikroORM, UnderscoreNamingStrategy, type EntityClass, type Options } from '@mikro-orm/postgresql'
import type { MigrationObject } from '@mikro-orm/core'
import { Migrator } from '@mikro-orm/migrations'
import type { Pool, PoolClient } from 'pg'
import { PreparingClient } from './prepared.ts'

export interface DatabaseParts {
  entities: EntityClass<object>[]
  /** In order; a landed migration is never edited. */
  migrations: MigrationObject[]
  /** After so long the database gives a statement up, waiting for locks included, ms; without it, never. */
  statementTimeout?: number
}

/** Connects; does not touch the schema. */
export function createOrm(url: string, parts: DatabaseParts, extra: Partial<Options> = {}): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: url,
    entities: parts.entities,
    namingStrategy: UnderscoreNamingStrategy,
    extensions: [Migrator],
    migrations: { migrationsList: parts.migrations, tableName: 'waybill_migration', snapshot: false, silent: true },
    discovery: { warnWhenNoEntities: false },
    forceUtcTimezone: true,
    pool: { min: 0, max: 20 },
    // Told when a connection is made, so that it costs no statement.
    driverOptions: {
      Client: PreparingClient,
      onPoolCreated: letNothingBeLost,
      ...(parts.statementTimeout ? { statement_timeout: parts.statementTimeout } : {}),
    },
    ...extra,
  })
}

/**
 * A transaction whose connection breaks cannot be rolled back, and is then never given back to the pool: after as many
 * losses as the pool has places, nothing would ever be answered again. So what has ended is taken out of the pool here,
 * when whoever held it has heard of it. A connection that is handed out in the moment of closing reaches nobody who
 * would give it back either, and the closing would wait for ever: what is still out after a while is cut off.
 */
function letNothingBeLost(pool: Pool): void {
  const open = new Set<PoolClient>()
  const cutOff = (client: PoolClient) => {
    try {
      client.release(true)
    } catch {
      // It was given back in the ordinary way.
    }
  }
  pool.on('connect', (client) => {
    open.add(client)
    client.once('end', () => {
      open.delete(client)
      setTimeout(cutOff, HEARD_WITHIN, client).unref()
    })
  })
  const end = pool.end.bind(pool) as () => Promise<void>
  pool.end = () => {
    setTimeout(() => open.forEach(cutOff), GIVEN_BACK_WITHIN).unref()
    return end()
  }
}

const HEARD_WITHIN = 1_000 // 1 s
const GIVEN_BACK_WITHIN = 5_000 // 5 s

/** The advisory lock that lets one program migrate while the others wait. */
const MIGRATION_LOCK = 7_296_001

/** Brings the schema up to date, under a lock, so that several programs may start at once. Answers how many ran. */
export async function migrate(orm: MikroORM): Promise<number> {
  const connection = orm.em.getConnection()
  return connection.transactional(async (transaction) => {
    await connection.execute('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK], 'run', transaction)
    const done = await orm.migrator.up({ transaction } as never)
    return done.length
  })
}
