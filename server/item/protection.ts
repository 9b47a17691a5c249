/**
 * Protected states: to change an item in one of them takes a release in progress that lists it and that another person
 * approved. Each way in for people asks
 * here: what leaves the state or edits the item, and what begins or ends a relationship at either of its ends. To enter such
 * a state is free.
 *
 * What observation writes does not ask, because it says what is so already and decides nothing: what a look finds installed,
 * reconciliation runs, the scopes that follow containment. Nor does promotion: it links what was seen
 * and adds relationships that are there, and overwrites no value that a person authorized.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { viewerOf } from '../kernel/authorize.ts'
import { batch, groupedBy } from '../kernel/batch.ts'
import { explainPermitted } from '../kernel/cause.ts'
import type { Context, Viewer } from '../kernel/context.ts'
import { Refusal, Refusals, type Said } from '../kernel/errors.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { ItemGate } from './item.gate.ts'
import type { ConfigurationItem } from './item.entity.ts'
import { ItemProtected, RULE } from './refusals.ts'

/** The answer about some items, asked for all of them at once. */
export interface Guard {
  /** Refuses when this one, which was asked about, may not be changed; remembers what permits it otherwise. */
  pass(item: ConfigurationItem): void
  /** Names the releases that let something pass as what permits the changes from here on. */
  explain(): Promise<void>
}

/** Whether the item is in a state that its class protects. */
export function isProtected(
  catalogue: Catalogue,
  { className, state }: Pick<ConfigurationItem, 'className' | 'state'>,
) {
  const states = catalogue.class(className)?.protectedStates ?? []
  return states.some((one) => one === state)
}

/** Whether people may change it now: it is not protected, or a release permits it. One statement for all items of a level. */
export async function isChangeable(context: Context, item: ConfigurationItem): Promise<boolean> {
  const { em, services } = context
  if (!isProtected(services.catalogue.now, item)) return true
  const viewer = viewerOf(context)
  const permitted = await batch(context, 'permittedItems', item.uuid, async (uuids) => {
    const found = await asked(services.itemGates ?? [], uuids, (gate, ids) => gate.permitting(em, ids, viewer, false))
    return new Map(found.map(({ itemId }) => [itemId, true]))
  })
  return permitted ?? false
}

/** Why people may not change it now, in the words of the refusal; null: they may. As cheap as `isChangeable`. */
export async function whyUnchangeable(context: Context, item: ConfigurationItem): Promise<string | null> {
  if (await isChangeable(context, item)) return null
  return `${item.name} is ${item.state}, which is protected: ${RULE}`
}

/** Looks at all of these items; no statement when none is protected, two at most. The viewer is told of releases. */
export async function guardOf(
  em: EntityManager,
  catalogue: Catalogue,
  gates: readonly ItemGate[],
  items: readonly ConfigurationItem[],
  viewer: Viewer,
): Promise<Guard> {
  const guarded = [...new Set(items.filter((item) => isProtected(catalogue, item)).map(({ uuid }) => uuid))]
  const permits = groupedBy(
    await asked(gates, guarded, (gate, ids) => gate.permitting(em, ids, viewer, true)),
    ({ itemId }) => itemId,
  )
  const stopped = guarded.filter((uuid) => !permits.has(uuid))
  const others = groupedBy(
    await asked(gates, stopped, (gate, ids) => gate.others(em, ids, viewer)),
    ({ itemId }) => itemId,
  )
  const used = new Set<string>()
  return {
    pass(item) {
      if (!isProtected(catalogue, item)) return
      const listings = permits.get(item.uuid)
      if (!listings) throw new ItemProtected(item, protectorOf(catalogue, item), others.get(item.uuid) ?? [])
      for (const { releaseId } of listings) used.add(releaseId)
    },
    async explain() {
      if (used.size > 0) await explainPermitted(em, [...used].sort())
    },
  }
}

/** Refuses unless all of these items may be changed, naming each that may not. Call it before the first write. */
export async function requireChangeable(
  em: EntityManager,
  catalogue: Catalogue,
  gates: readonly ItemGate[],
  items: readonly ConfigurationItem[],
  viewer: Viewer,
): Promise<void> {
  const guard = await guardOf(em, catalogue, gates, items, viewer)
  const refused: Said[] = []
  for (const item of new Map(items.map((one) => [one.uuid, one])).values()) {
    try {
      guard.pass(item)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused.push(error)
    }
  }
  const [first, ...more] = refused
  if (first) throw new Refusals([first, ...more])
  await guard.explain()
}

const protectorOf = (catalogue: Catalogue, { className }: ConfigurationItem) =>
  catalogue.class(catalogue.class(className)!.protectedBy!)!

async function asked<T>(
  gates: readonly ItemGate[],
  ids: readonly string[],
  ask: (gate: ItemGate, ids: readonly string[]) => Promise<T[]>,
): Promise<T[]> {
  if (ids.length === 0) return []
  const answers: T[] = []
  for (const gate of gates) answers.push(...(await ask(gate, ids)))
  return answers
}
