import { readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { directory } from '../../server/library/repositories/directory/index.ts'
import { repositoryDrivers } from '../../server/library/repositories/registry.ts'
import { aManifest, anArchive, aPackage, digestOf } from '../support/packages.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { repositoryContract, type RepositoryWorld } from './repository.contract.ts'

async function directoryWorld(): Promise<RepositoryWorld> {
  const folder = await temporaryFolder()
  const sums = new Map<string, string>()
  return {
    config: { folder },
    badConfigs: [
      { config: {}, names: 'folder' },
      { config: { folder: 'relative/path' }, names: 'relative/path' },
      { config: { folder: 7 }, names: 'folder' },
      { config: { folder, colour: 'blue' }, names: 'colour' },
    ],
    package: (seed) => aPackage({ version: '1.0.0', content: seed }),
    async offer(file, bytes, stated = digestOf(bytes)) {
      if (!file.includes('/')) await writeFile(join(folder, file), bytes)
      sums.set(file, stated)
      await writeFile(
        join(folder, 'SHA256SUMS'),
        [...sums].map(([name, digest]) => `${digest.slice(7)}  ${name}\n`).join(''),
      )
    },
    lose: (file) => rm(join(folder, file)),
    vanish: () => rm(folder, { recursive: true }),
    outside: ['../secret', '/etc/passwd', 'sub/folder.tar.gz'],
  }
}

const worlds: Record<string, () => Promise<RepositoryWorld>> = { directory: directoryWorld }

for (const driver of repositoryDrivers) repositoryContract(driver, worlds[driver.kind]!)

test('every folder of a kind is in the registry, under its own name', async () => {
  const entries = await readdir('server/library/repositories', { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  expect(repositoryDrivers.map(({ kind }) => kind).toSorted()).toEqual(names.toSorted())
})

describe('the directory', () => {
  const describeIt = (bytes: Buffer, file = 'a-1.tar.gz') =>
    directory.describe(file, async () => Readable.from([bytes]))

  test.each([
    ['a manifest that is missing', { 'server.mjs': '' }, 'holds no waybill.json'],
    ['a manifest that is no JSON', { 'waybill.json': '{name:' }, 'is no JSON'],
    ['a manifest that is a list', { 'waybill.json': '[]' }, 'no JSON object'],
    ['a manifest without a version', { 'waybill.json': '{"name":"a"}' }, '"version" is missing'],
    ['a name that is a path', { 'waybill.json': '{"name":"../a","version":"1"}' }, '"name" is "../a"'],
    ['a version that is a number', { 'waybill.json': '{"name":"a","version":1}' }, '"version" is 1'],
    ['a manifest of a megabyte', { 'waybill.json': ' '.repeat(1_000_000) }, '1000000 bytes'],
    ['an entry that climbs out', { '../evil': 'x', 'waybill.json': aManifest({ version: '1' }) }, 'leads outside'],
    ['an absolute entry', { '/etc/evil': 'x', 'waybill.json': aManifest({ version: '1' }) }, 'leads outside'],
    [
      'a link that climbs out',
      { 'waybill.json': aManifest({ version: '1' }), link: { type: 'symlink' as const, linkname: '../../etc/passwd' } },
      'leads outside its folder, to "../../etc/passwd"',
    ],
    [
      'a manifest that is a link',
      { 'waybill.json': { type: 'symlink' as const, linkname: 'other' } },
      'holds no waybill.json',
    ],
  ])('refuses %s and says so', async (_what, entries, sentence) => {
    const refusal = await describeIt(await anArchive(entries)).catch((error: Error) => error)
    expect(refusal).toMatchObject({ name: 'Unusable' })
    expect((refusal as Error).message).toContain(sentence)
  })

  test('accepts a manifest as `tar czf x.tar.gz .` writes it', async () => {
    const facts = await describeIt(
      await anArchive({ './waybill.json': aManifest({ version: '2.0.0', platform: 'linux' }) }),
    )
    expect(facts).toMatchObject({ number: '2.0.0', platform: 'linux', arch: 'any' })
  })

  test('refuses an archive that is cut short', async () => {
    const bytes = await aPackage({ version: '1.0.0', content: 'x'.repeat(20_000) })
    await expect(describeIt(bytes.subarray(0, 9_000))).rejects.toMatchObject({ name: 'Unusable' })
  })

  test('does not follow a symbolic link', async () => {
    const folder = await temporaryFolder()
    const target = join(await temporaryFolder(), 'real.tar.gz')
    await writeFile(target, await aPackage({ version: '1.0.0' }))
    await symlink(target, join(folder, 'storefront-1.0.0.tar.gz'))
    await writeFile(join(folder, 'SHA256SUMS'), `${'0'.repeat(64)}  storefront-1.0.0.tar.gz\n`)
    const [offer] = (await directory.list({ folder })).offers
    await expect(offer!.open()).rejects.toThrow('symbolic link')
  })

  test('takes a list with a line that is no sum for no list at all', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'SHA256SUMS'), `${'0'.repeat(64)}  a.tar.gz\n<<<<<<< HEAD\n`)
    await expect(directory.list({ folder })).rejects.toThrow('Line 2 of')
  })

  test('says how to write the list when there is none', async () => {
    await expect(directory.list({ folder: await temporaryFolder() })).rejects.toThrow('sha256sum *.tar.gz > SHA256SUMS')
  })
})
