import type { EntityManager } from '@mikro-orm/postgresql'
import { RateLimiter } from '../kernel/rate-limiter.ts'
import { TooManyTries } from './refusals.ts'

declare module '../kernel/context.ts' {
  interface Context {
    /** The other end of an HTTP request; missing on sockets, where nobody signs in or out. */
    caller?: Caller
  }
  interface Services {
    accounts: AccountServices
  }
}

export interface Caller {
  /** Address of the other end, for limits. */
  address: string
  /** Has the browser keep the session's secret. */
  setSession(secret: string, expiresAt: Date): void
  clearSession(): void
}

export interface AccountServices {
  sessionHours: number
  /** Where people open Waybill, without a slash at the end; for invitations. */
  publicUrl(): string
  signIns: SignInLimits
  /** Which of these UUIDs are items that can be a scope; item/ knows. */
  knownScopes(em: EntityManager, uuids: string[]): Promise<string[]>
  installation: InstallationFacts
}

export interface InstallationFacts {
  version: string
  /** Whether the sample estate can be opened here, and whether it was. */
  sample(em: EntityManager): Promise<{ offered: boolean; opened: boolean }>
}

/**
 * Failed attempts are limited for a login from one address, for a login from everywhere (so that nobody guesses from many
 * addresses), and for an address over all logins. A success gives back what it took.
 */
export class SignInLimits {
  private readonly pairs = new RateLimiter({ burst: 5, perMinute: 2 })
  private readonly logins = new RateLimiter({ burst: 50, perMinute: 10 })
  private readonly addresses = new RateLimiter({ burst: 30, perMinute: 10 })

  /** Runs the attempt; @throws TooManyTries before it when too many failed. */
  async guard<T>(login: string, address: string, attempt: () => Promise<T>): Promise<T> {
    const name = login.toLowerCase().slice(0, 200)
    const buckets: [RateLimiter, string][] = [
      [this.pairs, `${name} ${address}`],
      [this.logins, name],
      [this.addresses, address],
    ]
    const taken: typeof buckets = []
    for (const [limiter, key] of buckets) {
      const seconds = limiter.take(key)
      if (seconds > 0) {
        for (const [before, beforeKey] of taken) before.giveBack(beforeKey)
        throw new TooManyTries(seconds)
      }
      taken.push([limiter, key])
    }
    const result = await attempt()
    for (const [limiter, key] of taken) limiter.giveBack(key)
    return result
  }
}
