import type { Client } from 'pg'

/** What PostgreSQL's recursive query counts as affected by a change of an item, along these types. */
export async function recursive(client: Client, uuid: string, types: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ n: string }>(
    `with recursive affected(uuid) as (
       select $1::uuid union
       select r.source_id from affected a join relationship r on r.target_id = a.uuid
       where r.type = any($2) and r.valid_to is null)
     select count(*) - 1 as n from affected`,
    [uuid, types],
  )
  return Number(rows[0]!.n)
}
