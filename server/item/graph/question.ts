import type { Context } from '../../kernel/context.ts'
import { BadInput } from '../../kernel/errors.ts'
import type {} from '../../catalogue/keeper.ts'
import type {} from './in-memory.ts'
import type {} from './topology.ts'

export const AT_LEAST = {
  nullable: true,
  description: 'Waits up to 2 s until the graph has come so far; of an earlier time nothing is waited for.',
}
export const AT = { nullable: true, description: 'The graph as it was then; left out: as it is now.' }

/**
 * Waits until the graph can answer: as far as `atLeast` says, else with all that is committed now, if that takes no longer
 * than a second. In a mutation it waits for nothing that is not committed. Throws GraphNotReady.
 */
export async function graphFor(context: Context, atLeast?: string | null): Promise<void> {
  const { topology } = context.services
  await topology.atLeast(atLeast)
  if (atLeast || context.graphIsCurrent === true) return
  if (context.log) await topology.isCurrent(context.log)
  else if (!context.em.isInTransaction()) await topology.isCurrent()
}

/** The number of the event that a position names. */
export const seqOf = (position: string | null | undefined): number | undefined =>
  position ? Number(position.split(':')[1]) : undefined

/** Refuses names of relationship types that never were: such a walk would find nothing and look like an answer. */
export function checkTypes(context: Context, types: readonly string[] | null | undefined): void {
  const unknown = types?.find((name) => !context.services.catalogue.now.relationshipType(name))
  if (unknown === undefined) return
  throw new BadInput(
    `There is no relationship type "${unknown.slice(0, 80)}"; relationshipTypes lists those there are.`,
    {
      field: ['types'],
      rule: 'relationship type',
    },
  )
}

/** Refuses a number outside 1 to `most`. */
export function within(name: string, value: number, most: number): void {
  if (value >= 1 && value <= most) return
  throw new BadInput(`${name} is from 1 to ${most}; ${value} was asked for.`, { field: [name], rule: 'list size' })
}
