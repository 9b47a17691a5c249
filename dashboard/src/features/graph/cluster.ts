import type { EstateClusterQuery } from '../../gql/graphql.ts'

export interface Member {
  id: string
  name: string
  className: string
  classTitle: string
  /** Relationships to items of any cluster. */
  degree: number
  /** Ids of those in the same picture that it is related to. */
  neighbours: string[]
  x: number
  y: number
}

/** The columns of the answer as rows. */
export function membersOf(cluster: EstateClusterQuery['estateCluster'], titles: ReadonlyMap<string, string>): Member[] {
  const { ids, names, classNames, degrees, x, y, sources, targets } = cluster
  const members = ids.map((id, at) => ({
    ...{ id, name: names[at]!, className: classNames[at]!, degree: degrees[at]!, x: x[at]!, y: y[at]! },
    classTitle: titles.get(classNames[at]!) ?? classNames[at]!,
  }))
  const neighbours = members.map(() => new Set<string>())
  sources.forEach((source, at) => {
    const target = targets[at]!
    neighbours[source]!.add(ids[target]!)
    neighbours[target]!.add(ids[source]!)
  })
  return members.map((member, at) => ({ ...member, neighbours: [...neighbours[at]!] }))
}

/** How many there are of each class, the most first. */
export function classesOf(members: readonly Member[]): { name: string; title: string; count: number }[] {
  const groups = [...Map.groupBy(members, ({ className }) => className)]
  return groups
    .map(([name, of]) => ({ name, title: of[0]!.classTitle, count: of.length }))
    .sort((a, b) => b.count - a.count || a.title.localeCompare(b.title))
}
