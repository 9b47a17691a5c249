import type { IncomingHttpHeaders } from 'node:http'
import type { Credentials } from '../account/authentication.ts'

export const SESSION_COOKIE = 'waybill_session'

/** What a request brings along to show who sends it; a token goes before a cookie. */
export function credentialsOf(headers: IncomingHttpHeaders): Credentials {
  const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return { bearer: bearer ?? null, session: bearer ? null : cookieOf(headers.cookie) }
}

function cookieOf(header: string | undefined): string | null {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2)
    if (name === SESSION_COOKIE && value) return value
  }
  return null
}

/** The header that has the browser keep the session, or, without a secret, forget it. */
export function sessionCookie(secret: string | null, expiresAt: Date, secure: boolean): string {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax', `Expires=${expiresAt.toUTCString()}`]
  return [`${SESSION_COOKIE}=${secret ?? ''}`, ...attributes, ...(secure ? ['Secure'] : [])].join('; ')
}
