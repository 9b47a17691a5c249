import type { EntityManager } from '@mikro-orm/postgresql'
import { CompiledQuery, type Kysely } from 'kysely'

/**
 * Runs one statement with `$1` parameters and answers plain rows, without hydrating entities: the way lists and
 * graph reads go. Inside `em.transactional` it takes part in that transaction. Flush pending entities first.
 */
export async function rows<T>(em: EntityManager, text: string, values: readonly unknown[] = []): Promise<T[]> {
  abortOf(em)?.throwIfAborted()
  const client = (em.getTransactionContext() ?? em.getConnection().getClient()) as Kysely<unknown>
  const result = await client.executeQuery(CompiledQuery.raw(text, [...values]))
  return result.rows as T[]
}

/** The signal that the manager was forked with; MikroORM keeps it for its own statements. */
function abortOf(em: EntityManager): AbortSignal | undefined {
  return (em as unknown as { getAbortOptions?(): { signal?: AbortSignal } | undefined }).getAbortOptions?.()?.signal
}

/** The first row, or null. */
export async function row<T>(em: EntityManager, text: string, values: readonly unknown[] = []): Promise<T | null> {
  return (await rows<T>(em, text, values))[0] ?? null
}
