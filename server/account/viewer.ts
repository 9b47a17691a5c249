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

export const makeViewer = (facts: ViewerFacts, rights: Rights): Viewer => new RightfulViewer(facts, rights)

/** A class, because an object that is written down with a getter gets a shape of its own for each request. */
class RightfulViewer implements Viewer {
  readonly accountId: string
  readonly name: string
  readonly via: ViewerFacts['via']
  readonly sessionId?: string
  readonly tokenId?: string
  readonly expiresAt?: Date | null
  private readonly rights: Rights

  constructor(facts: ViewerFacts, rights: Rights) {
    this.accountId = facts.accountId
    this.name = facts.name
    this.via = facts.via
    this.sessionId = facts.sessionId
    this.tokenId = facts.tokenId
    this.expiresAt = facts.expiresAt
    this.rights = rights
  }

  reach(permission: string): Reach {
    return this.rights.get(permission) ?? []
  }

  /** Only what is shared among callers asks for it. */
  get scopeKey(): string {
    return keyOf(this.rights)
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
