/** Every discovery adapter there is. A folder that is not in this list fails test/contract/adapters.test.ts. */
import type { Integrations } from '../../integrations/registry.ts'
import type { DiscoveryAdapter } from './adapter.ts'
import { ansibleAdapter } from './ansible/index.ts'
import { idmlAdapter } from './idml/index.ts'
import { kubernetesAdapter } from './kubernetes/index.ts'
import { netboxAdapter } from './netbox/index.ts'
import { adapterOfModule } from './of-module.ts'
import { sshAdapter } from './ssh/index.ts'
import { tableAdapter } from './table/index.ts'
import { taddmAdapter } from './taddm/index.ts'

/** By the kind of management product that they read. Each call makes new adapters that share nothing. */
export type Adapters = ReadonlyMap<string, DiscoveryAdapter>

/** Adapters of their own folder first; a kind without one is read through its integration module, if that can list. */
export function createAdapters(integrations: Integrations): Adapters {
  const own: DiscoveryAdapter[] = [
    ansibleAdapter(),
    idmlAdapter(),
    kubernetesAdapter(),
    netboxAdapter(),
    sshAdapter(),
    tableAdapter(),
    taddmAdapter(),
  ]
  const ofModules = [...integrations.values()].map(adapterOfModule).filter((one) => one !== undefined)
  return new Map([...ofModules, ...own].map((adapter) => [adapter.id, adapter]))
}
