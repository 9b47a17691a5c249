import { Kind, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql'

/** Whether no other fields than these are asked for below the field being resolved, `path` further down. */
export function asksOnlyFor(
  info: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>,
  path: readonly string[],
  fields: ReadonlySet<string>,
): boolean {
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
