import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'
import { containmentTypes } from './containment.ts'

interface Named {
  uuid: string
  name: string
}

/** What contains some items, step by step up to the outermost, with what is about to be added. */
export interface Containers {
  add(inner: Named, outer: Named): void
  /** The way from `inner` up to `outer` with both ends; null when `inner` is not inside it. */
  way(inner: Named, outer: Named): Named[] | null
}

/** Reads the containers of these items without the relationships that end, in one statement at most. */
export async function containersAbove(
  em: EntityManager,
  uuids: ReadonlySet<string>,
  ending: readonly string[],
): Promise<Containers> {
  const above = new Map<string, Named[]>()
  const add = (inner: string, outer: Named) => above.set(inner, [...(above.get(inner) ?? []), outer])
  const found = uuids.size === 0 ? [] : await stepsAbove(em, [...uuids], ending)
  for (const { inner, uuid, name } of found) add(inner, { uuid, name })

  function way(inner: Named, outer: Named): Named[] | null {
    const cameFrom = new Map<string, Named | null>([[inner.uuid, null]])
    const waiting = [inner]
    for (let at = waiting.shift(); at; at = waiting.shift()) {
      if (at.uuid === outer.uuid) {
        const steps: Named[] = []
        for (let step: Named | null = at; step; step = cameFrom.get(step.uuid)!) steps.unshift(step)
        return steps
      }
      for (const next of above.get(at.uuid) ?? []) {
        if (cameFrom.has(next.uuid)) continue
        cameFrom.set(next.uuid, at)
        waiting.push(next)
      }
    }
    return null
  }

  return { add: (inner, outer) => void add(inner.uuid, outer), way }
}

function stepsAbove(em: EntityManager, uuids: readonly string[], ending: readonly string[]) {
  const holds = `r.valid_to is null and r.type = any(${containmentTypes}) and r.uuid <> all($2::uuid[])`
  return rows<Named & { inner: string }>(
    em,
    `with recursive above(inner_id, outer_id) as (
       select r.source_id, r.target_id from relationship r where r.source_id = any($1::uuid[]) and ${holds}
       union
       select r.source_id, r.target_id from above a join relationship r on r.source_id = a.outer_id where ${holds})
     select a.inner_id as inner, o.uuid, o.name from above a join configuration_item o on o.uuid = a.outer_id`,
    [uuids, ending],
  )
}
