import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { closeIntegrations, createIntegrations } from '../../server/integrations/registry.ts'
import { localBench } from './benches/local.ts'
import { manualBench } from './benches/manual.ts'
import { describeIntegration } from './integration.contract.ts'

const root = join(import.meta.dirname, '../../server/integrations')
const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
const integrations = createIntegrations()

describe('the registry of integration modules', () => {
  it('has exactly the modules that have a folder', () => {
    expect([...integrations.keys()].sort()).toEqual(folders.map(({ name }) => name).sort())
  })

  it('has an index.ts and a README.md in each folder', () => {
    for (const { name } of folders) {
      for (const file of ['index.ts', 'README.md'])
        expect(existsSync(join(root, name, file)), `${name}/${file}`).toBe(true)
    }
  })

  it('makes new modules at each call', async () => {
    const others = createIntegrations()
    expect(others.get('local')).not.toBe(integrations.get('local'))
    await closeIntegrations(others)
  })
})

const tested = {
  local: () =>
    describeIntegration('local', integrations.get('local')!, ['inspect', 'listTargets', 'launchUrl'], localBench),
  manual: () => describeIntegration('manual', integrations.get('manual')!, [], manualBench),
}

it('runs the contract for every module', () =>
  expect(Object.keys(tested).sort()).toEqual([...integrations.keys()].sort()))

for (const run of Object.values(tested)) run()
