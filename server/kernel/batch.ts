import DataLoader from 'dataloader'
import type { Context } from './context.ts'

/**
 * Collects the keys that the resolvers of one level ask for and loads them in one statement.
 * `name` says what is loaded and, for lists, how (page and filter): equal names share a batch.
 * `load` answers a map from key to value; a key without a value is null.
 */
export function batch<V>(
  context: Context,
  name: string,
  key: string,
  load: (keys: string[]) => Promise<Map<string, V>>,
): Promise<V | null> {
  let loader = context.loaders.get(name)
  if (!loader) {
    loader = new DataLoader<string, unknown>(
      async (keys) => {
        const found = await load([...keys])
        return keys.map((key) => found.get(key) ?? null)
      },
      { maxBatchSize: 1000 },
    )
    context.loaders.set(name, loader)
  }
  return loader.load(key) as Promise<V | null>
}

/** Rows by their key, for `batch`. */
export function byKey<T>(rows: T[], key: (row: T) => string): Map<string, T> {
  return new Map(rows.map((row) => [key(row), row]))
}

/** Lists of rows by the key they share, for `batch`. */
export function groupedBy<T>(rows: T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group) group.push(row)
    else groups.set(key(row), [row])
  }
  return groups
}
