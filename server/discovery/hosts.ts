import type { EntityManager } from '@mikro-orm/postgresql'
import type { ReadOrder } from './adapters/adapter.ts'
import { keepCapture } from './host-capture.ts'
import { judgeHostKey } from './host-key.service.ts'

/** What an order gives to adapters that reach hosts themselves: whom to trust, and where what they told is kept. */
export const hostServices = (em: EntityManager, productId: string): Pick<ReadOrder, 'judgeHostKey' | 'keep'> => ({
  judgeHostKey: (shown) => judgeHostKey(em, productId, shown),
  keep: (host, raw) => keepCapture(em, productId, host, raw),
})
