/** A module that lists three machines in pages of two, read as a discovery adapter. */
import type { AutomaticIntegration, DiscoveredTarget } from '../../../server/integrations/integration.ts'
import type { AdapterBench } from '../adapter.contract.ts'

const machine = (key: string, on: string[]): DiscoveredTarget => {
  const self = { class: 'Server', key, name: key }
  return {
    ...self,
    attributes: { platform: 'linux', port: '80' },
    identities: [{ kind: 'machine-id', value: `m-${key}` }],
    software: [
      { name: 'shop', version: '0.9.0', active: false },
      { name: 'shop', version: '1.0.0', active: true },
    ],
    relationships: [
      { type: 'locatedIn', from: self, to: { class: 'Site', key: 'Lima', name: 'Lima' }, evidence: 'host facts' },
      ...on.map((other) => ({
        type: 'dependsOn',
        from: self,
        to: { class: 'Server', key: other, name: other },
        evidence: 'configuration',
      })),
    ],
  }
}
const machines = [machine('m1', ['m3', 'nobody']), machine('m2', []), machine('m3', ['m1'])]

export const listingModule: AutomaticIntegration = {
  id: 'listing',
  title: 'Listing',
  mode: 'automatic',
  configFields: [{ name: 'host', title: 'Host', help: 'Where it is.', required: true }],
  checkConfig: ({ host }) => (host ? [] : ['Host is missing.']),
  deliver: () => Promise.resolve([]),
  async listTargets({ config }, cursor) {
    if (config.host === 'away') throw new Error('The host away does not answer.')
    const from = Number(cursor ?? 0)
    const next = from + 2 < machines.length ? String(from + 2) : undefined
    return { items: machines.slice(from, from + 2), complete: true, ...(next ? { next } : {}) }
  },
}

export async function listingBench(): Promise<AdapterBench> {
  const product = (host: string) => ({ id: 'p', name: 'Listing', config: { host } })
  return {
    product: product('here'),
    badConfigs: [{ config: {}, says: /Host is missing/ }],
    unreadable: [{ product: product('away'), says: /away does not answer/ }],
    flawed: null,
    secrets: [],
    close: async () => {},
  }
}
