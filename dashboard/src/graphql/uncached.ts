import type { Client } from '@urql/core'
import { inject, type InjectionKey } from 'vue'

/** main.ts provides it. */
export const uncachedKey: InjectionKey<Client> = Symbol('uncached')

/**
 * The client without a cache. For answers of an earlier time, whose things have the ids of those of now and must not take
 * their place; and for what is asked once for each of ever new things and kept by whoever asked: the cache would hold the
 * answer a second time until it is begun anew (renewing.ts).
 */
export function useUncached(): Client {
  const client = inject(uncachedKey)
  if (!client) throw new Error('createGraphql({ cached: false }) was not provided to this application.')
  return client
}
