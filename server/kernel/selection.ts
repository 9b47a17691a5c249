import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql'

/** What is asked for below a field; nothing of the request itself. */
export type Asked = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>

/** Whether no other fields than these are asked for below the field being resolved, `path` further down. */
export function asksOnlyFor(info: Asked, path: readonly string[], fields: ReadonlySet<string>): boolean {
  const only = (set: SelectionSetNode | undefined, depth: number): boolean =>
    (set?.selections ?? []).every((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD)
        return only(info.fragments[selection.name.value]?.selectionSet, depth)
      if (selection.kind === Kind.INLINE_FRAGMENT) return only(selection.selectionSet, depth)
      const { value } = selection.name
      if (depth === path.length) return fields.has(value)
      return value !== path[depth] || only(selection.selectionSet, depth + 1)
    })
  return info.fieldNodes.every(({ selectionSet }) => only(selectionSet, 0))
}

/**
 * What a selection alone decides, worked out once for each document that is kept instead of for each row. A field that stands
 * in several places of a document is worked out each time.
 */
export function perSelection<T extends object>(decide: (asked: Asked) => T): (asked: Asked) => T {
  const known = new WeakMap<FieldNode, T>()
  return ({ fieldNodes, fragments }) => {
    const field = fieldNodes[0]!
    if (fieldNodes.length > 1) return decide({ fieldNodes, fragments })
    const before = known.get(field)
    if (before) return before
    const decided = decide({ fieldNodes, fragments })
    known.set(field, decided)
    return decided
  }
}
