import { join } from 'node:path'
import { beforeAll } from 'vitest'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import { makeItems, relate } from './estate.ts'
import { aPackage, writeRepository } from './packages.ts'
import { aSupply, type Supply } from './supply.ts'

/** Two sites with two hosts each, austin-web on austin-api, and storefront 1.0.0 and 1.1.0 in the library. */
export interface SupplyWorld extends Supply {
  items: Record<'austin' | 'tokyo' | 'austinWeb' | 'austinApi' | 'tokyoWeb' | 'tokyoApi', ConfigurationItem>
  /** Global ids by version. */
  versions: Record<'1.0.0' | '1.1.0', string>
}

export function aSupplyWorld(): SupplyWorld {
  const world = aSupply() as SupplyWorld
  beforeAll(async () => {
    world.items = await world.change(async (em) => {
      const [austin, tokyo] = await makeItems(em, 'Site', ['Austin', 'Tokyo'])
      const names = ['austin-web', 'austin-api', 'tokyo-web', 'tokyo-api']
      const [austinWeb, austinApi, tokyoWeb, tokyoApi] = await makeItems(em, 'ComputerSystem', names)
      await relate(em, [
        { type: 'locatedIn', sourceId: austinWeb!.uuid, targetId: austin!.uuid },
        { type: 'locatedIn', sourceId: austinApi!.uuid, targetId: austin!.uuid },
        { type: 'locatedIn', sourceId: tokyoWeb!.uuid, targetId: tokyo!.uuid },
        { type: 'locatedIn', sourceId: tokyoApi!.uuid, targetId: tokyo!.uuid },
        { type: 'dependsOn', sourceId: austinWeb!.uuid, targetId: austinApi!.uuid },
        { type: 'dependsOn', sourceId: tokyoWeb!.uuid, targetId: tokyoApi!.uuid },
      ])
      return {
        austin: austin!,
        tokyo: tokyo!,
        austinWeb: austinWeb!,
        austinApi: austinApi!,
        tokyoWeb: tokyoWeb!,
        tokyoApi: tokyoApi!,
      }
    })
    const folder = join(world.folder, 'world')
    await writeRepository(folder, {
      'storefront-1.0.0.tar.gz': await aPackage({ version: '1.0.0' }),
      'storefront-1.1.0.tar.gz': await aPackage({ version: '1.1.0' }),
    })
    const { repository } = await world.mutate<{ repository: { id: string } }>(
      'repositoryDefine',
      'RepositoryDefineInput',
      { name: 'World', kind: 'directory', config: { folder } },
      'repository { id }',
    )
    await world.scan(repository.id)
    const { packages } = await world.query<{
      packages: { nodes: { versions: { nodes: { id: string; number: string }[] } }[] }
    }>(`{ packages(first: 1) { nodes { versions(first: 9) { nodes { id number } } } } }`)
    const found = packages.nodes[0]!.versions.nodes.map(({ id, number }) => [number, id])
    world.versions = Object.fromEntries(found) as SupplyWorld['versions']
  })
  return world
}
