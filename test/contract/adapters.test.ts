import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { adapterOfModule } from '../../server/discovery/adapters/of-module.ts'
import { createAdapters } from '../../server/discovery/adapters/registry.ts'
import { createIntegrations } from '../../server/integrations/registry.ts'
import { describeAdapter } from './adapter.contract.ts'
import { idmlBench } from './benches/adapter-idml.ts'
import { ansibleBench, kubernetesBench, netboxBench } from './benches/adapter-files.ts'
import { sshBench } from './benches/adapter-ssh.ts'
import { tableBench } from './benches/adapter-table.ts'
import { taddmBench } from './benches/adapter-taddm.ts'
import { listingBench, listingModule } from './benches/adapter-of-module.ts'

const root = join(import.meta.dirname, '../../server/discovery/adapters')
const folders = readdirSync(root, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
const own = createAdapters(new Map())
const withModules = createAdapters(createIntegrations())

describe('the registry of discovery adapters', () => {
  it('has exactly the adapters that have a folder', () => {
    expect([...own.keys()].sort()).toEqual(folders.toSorted())
  })

  it('has an index.ts and a README.md in each folder', () => {
    for (const name of folders) {
      for (const file of ['index.ts', 'README.md'])
        expect(existsSync(join(root, name, file)), `${name}/${file}`).toBe(true)
    }
  })

  it('reads a kind without a folder through its module, if that can list', () => {
    expect(withModules.has('local')).toBe(true)
    expect(withModules.has('manual')).toBe(false)
  })
})

/** One line for each folder of adapters/: its bench is benches/adapter-<id>.ts. */
const tested: Record<string, () => void> = {
  idml: () => describeAdapter('idml', own.get('idml')!, idmlBench),
  ansible: () => describeAdapter('ansible', own.get('ansible')!, ansibleBench),
  kubernetes: () => describeAdapter('kubernetes', own.get('kubernetes')!, kubernetesBench),
  netbox: () => describeAdapter('netbox', own.get('netbox')!, netboxBench),
  ssh: () => describeAdapter('ssh', own.get('ssh')!, sshBench),
  table: () => describeAdapter('table', own.get('table')!, tableBench),
  taddm: () => describeAdapter('taddm', own.get('taddm')!, taddmBench),
}

it('runs the contract for every adapter', () => expect(Object.keys(tested).sort()).toEqual([...own.keys()].sort()))

for (const run of Object.values(tested)) run()
describeAdapter('listing', adapterOfModule(listingModule)!, listingBench)
