import type { EntityManager } from '@mikro-orm/postgresql'
import { nodeTypes, toNodeId, type NodePrefix } from '../kernel/node-id.ts'
import type { Noun } from '../kernel/noun.ts'

/**
 * The answer of a mutation, kept for a second call with the same idempotency key: things by reference, so that the
 * second answer shows them as they are then; secrets that are shown once (tokens, invitations) not at all.
 */
export type KeptAnswer = Record<string, unknown>

const SHOWN_ONCE = /^(secret|invitationUrl)$/

const REFERENCE = '$uuid'

export function keepAnswer(payload: object): KeptAnswer {
  return kept(payload) as KeptAnswer
}

function kept(value: unknown): unknown {
  if (isNoun(value)) return { [REFERENCE]: value.uuid, prefix: value.prefix }
  if (Array.isArray(value)) return value.map(kept)
  if (value instanceof Date || value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, SHOWN_ONCE.test(key) ? null : kept(inner)]),
  )
}

/** Loads what a kept answer refers to, one statement for each kind; what is gone by now is left out. */
export async function restoreAnswer(em: EntityManager, answer: KeptAnswer): Promise<object> {
  const wanted = Map.groupBy(referencesIn(answer), ({ prefix }) => prefix)
  const found = new Map<string, Noun>()
  for (const [prefix, references] of wanted) {
    const uuids = references.map((reference) => reference[REFERENCE])
    for (const thing of await em.find(nounOf(em, prefix), { uuid: { $in: uuids } })) found.set(thing.uuid, thing)
  }
  return restored(answer, found) as object
}

interface Reference {
  [REFERENCE]: string
  prefix: string
}

const isReference = (value: object): value is Reference => REFERENCE in value

function referencesIn(value: unknown): Reference[] {
  if (value === null || typeof value !== 'object') return []
  return isReference(value) ? [value] : Object.values(value).flatMap(referencesIn)
}

function restored(value: unknown, found: Map<string, Noun>): unknown {
  if (Array.isArray(value)) return value.map((inner) => restored(inner, found)).filter((inner) => inner !== null)
  if (value === null || typeof value !== 'object') return value
  if (isReference(value)) return found.get(value[REFERENCE]) ?? null
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, restored(inner, found)]))
}

function nounOf(em: EntityManager, prefix: string): new () => Noun {
  const classes = [...em.getMetadata().getAll().values()].map((meta) => meta.class as unknown as new () => Noun)
  // MikroORM's getters answer only on an object of the class.
  const having = classes.filter((each) => (Object.create(each.prototype as object) as Partial<Noun>).prefix === prefix)
  // What goes by the id of another noun, as a hold does by that of its deployment, is not what the id names.
  const found = having.find(({ name }) => name === nodeTypes[prefix as NodePrefix]) ?? having[0]
  if (!found) throw new Error(`No table belongs to the prefix ${prefix}`)
  return found
}

function isNoun(value: unknown): value is Noun {
  const { uuid, prefix } = (value ?? {}) as Partial<Noun>
  return typeof uuid === 'string' && typeof prefix === 'string' && prefix in nodeTypes
}

/** What the call was about: the thing that its input names, or else the first one that its answer holds. */
export function subjectOf(
  input: Record<string, unknown>,
  payload: object | null,
): { subjectId: string | null; scopeIds: readonly string[] } {
  const thing = Object.values(payload ?? {})
    .flat()
    .find(isNoun)
  return {
    subjectId: typeof input.id === 'string' ? input.id.slice(0, 80) : thing ? toNodeId(thing.prefix, thing.uuid) : null,
    scopeIds: (thing as { scopeIds?: string[] } | undefined)?.scopeIds ?? [],
  }
}
