import type { EntityManager } from '@mikro-orm/postgresql'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Authenticate } from '../account/authentication.ts'
import type { Context, Services, Viewer } from '../kernel/context.ts'
import type { EventLog } from '../kernel/event-log.ts'
import { credentialsOf, sessionCookie } from './credentials.ts'
import { requireSameSite } from './cross-site.ts'

export interface ContextParts {
  /** The ORM's own manager; each request gets a fork. */
  em: EntityManager
  events: EventLog
  services: Services
  /** The setting WAYBILL_PUBLIC_URL, when it is given. */
  publicUrl?: string | null
}

/** The context of an HTTP request: who asks, and how to set their cookie. `signal` ends what the request may still do. */
export type ContextOf = (request: FastifyRequest, reply: FastifyReply, signal: AbortSignal) => Promise<Context>

export function contextOfRequests(parts: ContextParts, authenticate: Authenticate): ContextOf {
  return async (request, reply, signal) => {
    const credentials = credentialsOf(request.headers)
    if (credentials.session) requireSameSite(request.headers, parts.publicUrl)
    const authenticated = await authenticate(credentials)
    const secure = request.protocol === 'https' || (parts.publicUrl?.startsWith('https:') ?? false)
    const cookie = (secret: string | null, until: Date) =>
      void reply.header('set-cookie', sessionCookie(secret, until, secure))
    return Object.assign(new RequestContext(parts, authenticated?.viewer ?? null, request.id, signal), {
      log: authenticated?.log,
      caller: { address: request.ip, setSession: cookie, clearSession: () => cookie(null, new Date(0)) },
    })
  }
}

/** A context without a request: for one subscription, or for work of Waybill itself. */
export function contextFor(parts: ContextParts, viewer: Viewer | null): Context {
  return new RequestContext(parts, viewer, crypto.randomUUID())
}

/** Apollo Server copies it with its prototype, so nothing of it is private to the language. */
class RequestContext implements Context {
  readonly loaders: Context['loaders'] = new Map()
  readonly events: EventLog
  readonly services: Services
  private readonly all: EntityManager
  private own: EntityManager | null = null

  constructor(
    { em, events, services }: ContextParts,
    readonly viewer: Viewer | null,
    readonly requestId: string,
    readonly signal?: AbortSignal,
  ) {
    this.all = em
    this.events = events
    this.services = services
  }

  /** Made when it is asked for: what is answered from memory needs none. */
  get em(): EntityManager {
    return (this.own ??= this.all.fork({ signal: this.signal }))
  }

  set em(em: EntityManager) {
    this.own = em
  }
}
