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
    const em = parts.em.fork({ signal })
    const credentials = credentialsOf(request.headers)
    if (credentials.session) requireSameSite(request.headers, parts.publicUrl)
    const authenticated = await authenticate(credentials)
    const secure = request.protocol === 'https' || (parts.publicUrl?.startsWith('https:') ?? false)
    const cookie = (secret: string | null, until: Date) =>
      void reply.header('set-cookie', sessionCookie(secret, until, secure))
    return {
      ...contextFor(parts, authenticated?.viewer ?? null, em, request.id),
      log: authenticated?.log,
      signal,
      caller: { address: request.ip, setSession: cookie, clearSession: () => cookie(null, new Date(0)) },
    }
  }
}

/** A context without a request: for one subscription, or for work of Waybill itself. */
export function contextFor(
  { em, events, services }: ContextParts,
  viewer: Viewer | null,
  fork: EntityManager = em.fork(),
  requestId: string = crypto.randomUUID(),
): Context {
  return { em: fork, viewer, requestId, loaders: new Map(), events, services }
}
