/** A choice of ids as a form holds it, so that each tick is a field of its own that two people can change beside each other. */
export type Ticks = Record<string, boolean>

export const ticksOf = (ids: readonly string[]): Ticks => Object.fromEntries(ids.map((id) => [id, true]))

export const ticked = (ticks: Ticks): string[] => Object.keys(ticks).filter((id) => ticks[id])
