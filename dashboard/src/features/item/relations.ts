import { reactive } from 'vue'
import { graphql } from '../../gql/gql.ts'
import { unmask } from '../../gql/fragment-masking.ts'
import type { MoreRelationsQuery, RelationLineFragment, RelationTree_ItemFragment } from '../../gql/graphql.ts'
import { useUncached } from '../../graphql/uncached.ts'

const RelationLine = graphql(`
  fragment RelationLine on Relationship {
    id
    direction
    type {
      name
    }
    other {
      id
      name
      className
      state
    }
  }
`)

export type Relation = RelationLineFragment
export type Counted = RelationTree_ItemFragment['relationshipGroups'][number]

export interface RelationGroup {
  key: string
  /** As it is read from the item: "depends on", "is depended on by". */
  title: string
  count: number
  relations: Relation[]
}

const keyOf = (typeName: string, direction: string) => `${typeName} ${direction}`

/** The groups of an item with what is at hand of each: the first page, and what was loaded behind it. */
export function groupsOf(
  { relationshipGroups, relationships }: RelationTree_ItemFragment,
  more: ReadonlyMap<string, { nodes: readonly Relation[] }>,
): RelationGroup[] {
  const page = unmask(RelationLine, relationships.nodes)
  return relationshipGroups.map(({ type, direction, count }) => {
    const key = keyOf(type.name, direction)
    const first = page.filter((each) => keyOf(each.type.name, each.direction) === key)
    return {
      key,
      title: direction === 'OUT' ? type.title : type.inverseTitle,
      count,
      relations: [...first, ...(more.get(key)?.nodes ?? [])],
    }
  })
}

const MoreRelations = graphql(`
  query MoreRelations($id: ID!, $at: Moment, $types: [String!], $direction: RelationDirection, $after: String) {
    configurationItem(id: $id, at: $at) {
      id
      relationships(first: 50, types: $types, direction: $direction, after: $after) {
        nodes {
          id
          ...RelationLine
        }
        pageInfo {
          endCursor
        }
      }
    }
  }
`)

interface Loaded {
  nodes: Relation[]
  cursor: string | null
  busy: boolean
  fault: string | null
}

/**
 * Loads on behind the first page of a tree's branch, group by group. A cursor is a place in the order of all relationships
 * of the item, so that of the first page serves every group.
 */
export function useMoreRelations(id: () => string, at: () => string | null) {
  const client = useUncached()
  const loaded = reactive(new Map<string, Loaded>())
  async function load(key: string, firstCursor: string | null | undefined) {
    if (loaded.get(key)?.busy) return
    if (!loaded.has(key)) loaded.set(key, { nodes: [], cursor: firstCursor ?? null, busy: false, fault: null })
    const group = loaded.get(key)!
    group.busy = true
    const [typeName, direction] = key.split(' ') as [string, 'IN' | 'OUT']
    const variables = { id: id(), at: at(), types: [typeName], direction, after: group.cursor }
    const { data, error } = await client.query<MoreRelationsQuery>(MoreRelations, variables).toPromise()
    const page = data?.configurationItem?.relationships
    group.busy = false
    group.fault = page ? null : (error?.message ?? 'It is there no more.')
    if (!page) return
    group.nodes.push(...unmask(RelationLine, page.nodes))
    group.cursor = page.pageInfo.endCursor ?? group.cursor
  }
  return { loaded, load, forget: () => loaded.clear() }
}
