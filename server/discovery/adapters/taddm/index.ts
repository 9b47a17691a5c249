import type { DiscoveryAdapter, ReadOrder, Sighting } from '../adapter.ts'
import type { ClientParts } from './client.ts'
import { checkConfig, configFields, configOf } from './config.ts'
import { readModel } from './read-model.ts'

/** IBM's Tivoli Application Dependency Discovery Manager, over its REST API. `patience` in milliseconds. */
export function taddmAdapter(parts: ClientParts = { patience: 1_000 }): DiscoveryAdapter {
  return {
    id: 'taddm',
    title: 'TADDM',
    configFields,
    checkConfig,
    read: (order) => read(order, parts),
  }
}

async function* read(order: ReadOrder, parts: ClientParts): AsyncGenerator<Sighting> {
  const config = configOf(order.product.config)
  if (config.release === 'off') throw new Error(`TADDM is switched off in the settings of ${order.product.name}.`)
  if (config.release === '7.1') {
    throw new Error(
      'TADDM 7.1 has no REST API. Read its books through a product of the kind IdML books, and give it those that Waybill writes.',
    )
  }
  yield* readModel(config, order, parts)
}
