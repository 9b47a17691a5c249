interface Placed {
  site?: { name: string } | null
}

/** Where items lie that have no site. */
export const NO_SITE = 'At no site'

/** Items by the name of their site, sites in order of the alphabet. */
export function bySite<T extends Placed>(items: readonly T[]): [site: string, items: T[]][] {
  const map = new Map<string, T[]>()
  for (const item of items) {
    const site = item.site?.name ?? NO_SITE
    map.set(site, [...(map.get(site) ?? []), item])
  }
  return [...map].sort(([a], [b]) => a.localeCompare(b))
}

/** What a deployment of the task to one site, or to all of it at once, is called. */
export function titleFor(task: string, site: string | null): string {
  return site ? `${task}, ${site}` : task
}
