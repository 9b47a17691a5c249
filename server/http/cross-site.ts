import { GraphQLError } from 'graphql'
import type { IncomingHttpHeaders } from 'node:http'

/** One of these must be there when the body has a type that a foreign page could send without asking first. */
export const CSRF_HEADERS = ['x-waybill-csrf', 'apollo-require-preflight']

/**
 * Whether a page of this origin is ours: the host that the request was sent to, or the public address.
 *
 * @param publicUrl the setting, when it is given
 */
export function isOwnOrigin(origin: string, host: string | undefined, publicUrl?: string | null): boolean {
  if (!URL.canParse(origin)) return false
  if (publicUrl && new URL(publicUrl).origin === origin) return true
  return host !== undefined && new URL(origin).host === host
}

/**
 * For requests that come with a cookie: a browser sends it along without being asked, so the request must show that a
 * page of ours sent it. Beside SameSite=Lax and Apollo's own check.
 *
 * @throws GraphQLError CROSS_SITE
 */
export function requireSameSite(headers: IncomingHttpHeaders, publicUrl?: string | null): void {
  const { origin, host } = headers
  if (origin !== undefined && !isOwnOrigin(origin, host, publicUrl)) {
    throw crossSite(`The page ${origin.slice(0, 200)} may not use the session of this Waybill.`)
  }
  if (!headers['x-waybill-csrf'])
    throw crossSite('A request with a session cookie carries the header x-waybill-csrf: 1.')
}

const crossSite = (message: string) =>
  new GraphQLError(message, { extensions: { code: 'CROSS_SITE', http: { status: 403 } } })
