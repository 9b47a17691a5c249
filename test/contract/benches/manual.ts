import { Readable } from 'node:stream'
import type { PackageRef, TargetRef } from '../../../server/integrations/integration.ts'
import type { Bench } from '../integration.contract.ts'

/** Nothing outside is needed: the module only writes instructions. */
export async function manualBench(): Promise<Bench> {
  const target = (name: string): TargetRef => ({ itemId: name, key: name, name, facts: { site: 'Austin' } })
  let made = 0
  return {
    product: {
      id: 'product-2',
      name: 'Till terminals',
      config: { contact: 'the till team', procedure: 'Close the till.' },
    },
    badConfigs: [
      { config: { contakt: 'x' }, says: /"contakt"/ },
      { config: { procedure: ['a'] }, says: /"procedure" must be text/ },
      { config: { procedure: 'x'.repeat(10_001) }, says: /longer/ },
    ],
    freshTarget: async () => target(`till-${++made}`),
    lostTarget: target('till-0'),
    packages: [packageOf('1.0.0'), packageOf('1.1.0')],
    close: async () => {},
  }
}

const packageOf = (version: string): PackageRef => ({
  name: 'till',
  version,
  digest: `sha256:${'a'.repeat(64)}`,
  size: 1,
  open: async () => Readable.from(['x']),
})
