import type { Client } from 'pg'

/** Events in one partition: small enough to be dropped often, large enough that there are few. */
const SIZE = 200_000
const AHEAD = 100_000

/** Makes the partitions that the next events go into. With `step`, only looks when the last `step` events came near. */
export async function makePartitionsAhead(client: Client, head: number, step = Infinity): Promise<void> {
  const needed = Math.floor((head + AHEAD) / SIZE)
  if (Math.floor((head + AHEAD - step) / SIZE) === needed) return
  for (let n = Math.floor((head + 1) / SIZE); n <= needed; n++) {
    await client.query(
      `create table if not exists event_${n} partition of event for values from (${n * SIZE}) to (${(n + 1) * SIZE})`,
    )
  }
}

/** Drops the partitions whose events are all older than so many days, oldest first; never the one that is written. */
export async function dropOldPartitions(client: Client, retentionDays: number): Promise<number> {
  const { rows } = await client.query<{ name: string; n: number }>(
    `select relname as name, substring(relname from '^event_([0-9]+)$')::int as n
     from pg_inherits join pg_class on oid = inhrelid where inhparent = 'event'::regclass order by 2`,
  )
  let dropped = 0
  for (const { name, n } of rows) {
    const { rows: ages } = await client.query<{ old: boolean }>(
      `select (select head from event_epoch) >= $1::bigint and coalesce(
         (select at from ${name} order by seq desc limit 1) < now() - make_interval(days => $2), true) as old`,
      [(n + 1) * SIZE - 1, retentionDays],
    )
    if (!ages[0]!.old) break
    await client.query(`drop table ${name}`)
    dropped++
  }
  return dropped
}
