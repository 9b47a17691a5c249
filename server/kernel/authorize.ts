import type { AuthCheckerFn } from 'type-graphql'
import { GraphQLError } from 'graphql'
import type { Context, Reach, Viewer } from './context.ts'
import { Forbidden } from './errors.ts'

/**
 * The checker behind `@Authorized('release.edit')`: signed in and holding the permission somewhere. Where it reaches is checked
 * on the object by `requireReach` and in lists by `scopeCondition`. `@Authorized()` alone: whoever is signed in.
 */
export const authorize: AuthCheckerFn<Context, string> = ({ context, info }, permissions) => {
  const { viewer } = context
  if (!viewer) throw new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } })
  if (permissions.length === 0) return true
  if (permissions.some((permission) => reachesSomewhere(viewer.reach(permission)))) return true
  throw new GraphQLError(
    `${viewer.name} may not use ${info.fieldName}: it takes the permission ${permissions.join(' or ')}.`,
    {
      extensions: { code: 'FORBIDDEN', permissions },
    },
  )
}

const reachesSomewhere = (reach: Reach) => reach === 'estate' || reach.length > 0

/** Whether the viewer's permission reaches a thing with these scopes. */
export function reaches(viewer: Viewer, permission: string, scopeIds: readonly string[]): boolean {
  const reach = viewer.reach(permission)
  return reach === 'estate' || scopeIds.some((scope) => reach.includes(scope))
}

/** Refuses when the permission does not reach the thing. */
export function requireReach(
  viewer: Viewer,
  permission: string,
  thing: { scopeIds: readonly string[]; displayName: string; id?: string },
): void {
  if (reaches(viewer, permission, thing.scopeIds)) return
  throw new Forbidden(
    `${viewer.name} may not do this to ${thing.displayName}: the permission ${permission} does not reach it.`,
    {
      rule: permission,
      ...(thing.id ? { itemId: thing.id } : {}),
    },
  )
}

/** Refuses when the permission holds only within some scopes. */
export function requireEstate(viewer: Viewer, permission: string): void {
  if (viewer.reach(permission) === 'estate') return
  throw new Forbidden(
    `This takes the permission ${permission} for the whole estate; ${viewer.name} has it only in part.`,
    {
      rule: permission,
    },
  )
}

/**
 * SQL condition that keeps a list to what the viewer may see; pushes its value onto `values`. Null: no condition needed.
 * `column` is the `uuid[]` of scopes of the listed thing.
 */
export function scopeCondition(viewer: Viewer, permission: string, column: string, values: unknown[]): string | null {
  const reach = viewer.reach(permission)
  if (reach === 'estate') return null
  values.push(reach)
  return `${column} && $${values.length}::uuid[]`
}

/** The signed-in caller of a resolver that `@Authorized` guards. */
export function viewerOf(context: Context): Viewer {
  if (!context.viewer) throw new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } })
  return context.viewer
}
