import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { Missing, Unreadable, Unusable, type RepositoryDriver } from '../../server/library/repository-driver.ts'
import { digestOf } from '../support/packages.ts'

/** A repository of the kind under test, made for one test. */
export interface RepositoryWorld {
  config: Record<string, unknown>
  /** Faulty settings, each with the word that the fault must name. */
  badConfigs: { config: Record<string, unknown>; names: string }[]
  /** Bytes of a package that says it is storefront 1.0.0; `seed` makes them differ. */
  package(seed: string): Promise<Buffer>
  /** Puts a file there, and states its digest. */
  offer(file: string, bytes: Buffer, stated?: string): Promise<void>
  /** Takes the bytes away; the list stays as it is. */
  lose(file: string): Promise<void>
  /** Makes the whole repository vanish. */
  vanish(): Promise<void>
  /** Names that lead outside the repository. */
  outside: string[]
}

/** What every kind of repository owes the library. */
export function repositoryContract(driver: RepositoryDriver, world: () => Promise<RepositoryWorld>): void {
  describe(`a repository of the kind ${driver.kind}`, () => {
    test('says what it is called and what its settings mean', () => {
      expect(driver.title.length).toBeGreaterThan(0)
      for (const field of driver.configFields) expect(field.help.length).toBeGreaterThan(0)
    })

    test('accepts its own settings, and names in words what is wrong with others', async () => {
      const { config, badConfigs } = await world()
      expect(driver.checkConfig(config)).toEqual([])
      for (const bad of badConfigs) expect(driver.checkConfig(bad.config).join(' ')).toContain(bad.names)
    })

    test('lists what is offered with the digest stated, and gives the bytes as they are', async () => {
      const { config, offer, package: make } = await world()
      const bytes = await make('one')
      await offer('storefront-1.0.0.tar.gz', bytes)
      const { offers, faults } = await driver.list(config)
      expect(faults).toEqual([])
      expect(offers).toMatchObject([{ file: 'storefront-1.0.0.tar.gz', digest: digestOf(bytes) }])
      const { stream } = await offers[0]!.open()
      expect((await buffer(stream)).equals(bytes)).toBe(true)
    })

    test('gives bytes that are not what is stated as they are; judging is not its task', async () => {
      const { config, offer, package: make } = await world()
      const bytes = await make('two')
      const stated = digestOf(Buffer.from('something else'))
      await offer('storefront-1.0.0.tar.gz', bytes, stated)
      const [one] = (await driver.list(config)).offers
      expect(one!.digest).toBe(stated)
      expect((await buffer((await one!.open()).stream)).equals(bytes)).toBe(true)
    })

    test('says what a package is, from its bytes, as often as it is asked', async () => {
      const bytes = await (await world()).package('three')
      for (let times = 0; times < 2; times++) {
        const facts = await driver.describe('storefront-1.0.0.tar.gz', async () => Readable.from([bytes]))
        expect(facts).toMatchObject({ name: 'storefront', number: '1.0.0' })
      }
    })

    test('calls bytes that are no package unusable, with a sentence', async () => {
      const open = async () => Readable.from([Buffer.from('no package at all')])
      const refusal = await driver.describe('storefront-1.0.0.tar.gz', open).catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(Unusable)
      expect((refusal as Error).message.length).toBeGreaterThan(10)
    })

    test('tells a file that is gone from a repository that is gone', async () => {
      const { config, offer, lose, vanish, package: make } = await world()
      await offer('storefront-1.0.0.tar.gz', await make('four'))
      const [one] = (await driver.list(config)).offers
      await lose('storefront-1.0.0.tar.gz')
      await expect(one!.open()).rejects.toBeInstanceOf(Missing)
      await vanish()
      await expect(one!.open()).rejects.toBeInstanceOf(Unreadable)
      await expect(driver.list(config)).rejects.toBeInstanceOf(Unreadable)
    })

    test('does not read what lies outside it', async () => {
      const { config, offer, outside, package: make } = await world()
      await offer('storefront-1.0.0.tar.gz', await make('five'))
      for (const file of outside) await offer(file, Buffer.alloc(0), digestOf(Buffer.alloc(0)))
      const { offers, faults } = await driver.list(config)
      expect(offers.map(({ file }) => file)).toEqual(['storefront-1.0.0.tar.gz'])
      expect(faults).toHaveLength(outside.length)
      outside.forEach((file, index) => expect(faults[index]).toContain(file))
    })
  })
}
