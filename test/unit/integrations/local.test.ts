import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Refused } from '../../../server/integrations/integration.ts'
import { checkConfig, folderOf } from '../../../server/integrations/local/config.ts'
import { hostOf } from '../../../server/integrations/local/host.ts'
import { jobPage } from '../../../server/integrations/local/job-page-html.ts'
import { percentBefore, stepNames, steps } from '../../../server/integrations/local/steps.ts'
import { packReproducibly } from '../../../server/sample/pack.ts'

describe('the key of a host', () => {
  it('is a folder name and never a path', () => {
    for (const key of ['', '.', '..', '../etc', 'a/b', 'a\\b', '.light', 'a\0b', '/etc']) {
      expect(() => hostOf('/hosts', key), JSON.stringify(key)).toThrow(Refused)
    }
    expect(hostOf('/hosts', 'austin-web-1').folder).toBe('/hosts/austin-web-1')
  })
})

describe('the config of a product of the kind local', () => {
  it('is refused with every fault at once', () => {
    expect(checkConfig({ folder: 'hosts', port: 1 })).toHaveLength(2)
    expect(() => folderOf({ folder: 'hosts', port: 1 })).toThrow(/"port".*absolute/)
  })
})

describe('the steps of a delivery', () => {
  it('lead from 0 to 100 percent without a step back', () => {
    expect(percentBefore(stepNames[0]!)).toBe(0)
    for (const name of stepNames) expect(steps[name]).toBeGreaterThan(percentBefore(name))
    expect(steps[stepNames.at(-1)!]).toBe(100)
  })
})

describe('a packed sample', () => {
  it('has the same bytes on every machine, whatever the order of the files', async () => {
    const one = await packReproducibly({ 'a.txt': 'a', 'b.txt': 'ü' })
    expect(one.equals(await packReproducibly({ 'b.txt': 'ü', 'a.txt': 'a' }))).toBe(true)
    expect(createHash('sha256').update(one).digest('hex')).toMatchInlineSnapshot(
      `"95a229419b7961ac296fe93b2026e3fe6f847f25cd62e9f6b68ea38ea7741564"`,
    )
  })
})

describe('the job page', () => {
  it('says so when there is no job', () => {
    expect(jobPage({ id: 'p', name: 'Hosts' }, {}, [])).toContain('No job of this kind has reached a host yet.')
  })
})
