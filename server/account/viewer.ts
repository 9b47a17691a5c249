import type { Reach, Viewer } from '../kernel/context.ts'
import { roles, type Role } from './permissions.ts'

declare module '../kernel/context.ts' {
  interface Viewer {
    /** UUID of the session they came with. */
    readonly sessionId?: string
    /** UUID of the API token they came with. */
    readonly tokenId?: string
    /** When the session or token ends; a socket closes then. */
    readonly expiresAt?: Date | null
  }
}

/** A grant as far as rights go. */
export interface GrantedRole {
  role: Role
  /** UUID of a containing item; null: the whole estate. */
  scopeId: string | null
}

/** Where each permission holds; what is missing holds nowhere. */
export type Rights = ReadonlyMap<string, Reach>

/** The rights that grants add up to; `only`: no more than these permissions (an API token's). */
export function rightsOf(grants: readonly GrantedRole[], only?: readonly string[]): Rights {
  const rights = new Map<string, Reach>()
  for (const { role, scopeId } of grants) {
    // A role of a later version of Waybill gives nothing in this one.
    for (const permission of Object.hasOwn(roles, role) ? roles[role].permissions : []) {
      if (only && !only.includes(permission)) continue
      const before = rights.get(permission) ?? []
      if (scopeId === null || before === 'estate') rights.set(permission, 'estate')
      else if (!before.includes(scopeId)) rights.set(permission, [...before, scopeId].toSorted())
    }
  }
  return rights
}

export interface ViewerFacts {
  accountId: string
  name: string
  via: 'session' | 'token'
  sessionId?: string
  tokenId?: string
  expiresAt?: Date | null
}

export function makeViewer(facts: ViewerFacts, rights: Rights): Viewer {
  return {
    ...facts,
    reach: (permission) => rights.get(permission) ?? [],
    // Only what is shared among callers asks for it.
    get scopeKey() {
      return keyOf(rights)
    },
  }
}

function keyOf(rights: Rights): string {
  return [...rights]
    .map(([permission, reach]) => `${permission}:${reach === 'estate' ? '*' : reach.join('+')}`)
    .toSorted()
    .join(' ')
}

/** Waybill itself: jobs, probes, rules. It may do everything; history and audit name no account for it. */
export const systemViewer: Viewer = {
  accountId: '00000000-0000-0000-0000-000000000000',
  name: 'Waybill',
  via: 'system',
  reach: () => 'estate',
  scopeKey: '*',
}

/** The account for `Because.by`: null for Waybill itself. */
export function actorOf(viewer: Viewer): string | null {
  return viewer.via === 'system' ? null : viewer.accountId
}
