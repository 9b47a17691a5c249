import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endRelationships } from '../../server/item/edges.ts'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import { startTopology } from '../../server/item/graph/topology.ts'
import { rows } from '../../server/kernel/sql.ts'
import { anEstate, aViewer, makeItems, nobody, relate } from '../support/estate.ts'

const estate = anEstate()
const NODES = 24

/** Distance of every dependant of the root, as PostgreSQL finds it. */
async function dependantsBySql(root: string, depth: number): Promise<Map<string, number>> {
  const found = await rows<{ uuid: string; distance: number }>(
    estate.orm.em.fork(),
    `with recursive affected(uuid, distance) as (
       select $1::uuid, 0
       union
       select r.source_id, a.distance + 1 from affected a join relationship r on r.target_id = a.uuid
         where r.valid_to is null and a.distance < $2
     ) select uuid, min(distance)::int as distance from affected where uuid <> $1 group by uuid`,
    [root, depth],
  )
  return new Map(found.map(({ uuid, distance }) => [uuid, distance]))
}

const pair = fc.tuple(fc.nat(NODES - 1), fc.nat(NODES - 1)).filter(([a, b]) => a !== b)

test('on random graphs, changed again and again, impact equals the recursive query, whether followed or loaded anew', async () => {
  const items = await estate.change((em) =>
    makeItems(
      em,
      'ComputerSystem',
      Array.from({ length: NODES }, (_, n) => `node-${n}`),
    ),
  )
  const edges = new Map<string, string>()
  const step = async (add: [number, number][], drop: number[]) => {
    await estate.change(async (em) => {
      const ended = [...new Set(drop.map((n) => [...edges.keys()][n % (edges.size || 1)]!))].filter(Boolean)
      await endRelationships(em, ended, nobody)
      for (const uuid of ended) edges.delete(uuid)
      const wanted = add.map(([a, b]) => ({ type: 'dependsOn', sourceId: items[a]!.uuid, targetId: items[b]!.uuid }))
      for (const made of await relate(em, wanted)) edges.set(made.uuid, `${made.sourceId} ${made.targetId}`)
    })
    await followed(items)
    const { url, events, catalogue } = estate
    const anew = startTopology({ em: estate.orm.em.fork(), url, events, catalogue, onFault: () => {} })
    await anew.ready
    await anew.close()
    for (const root of items.slice(0, 8)) {
      for (const depth of [1, 3, 50]) {
        const wanted = await dependantsBySql(root.uuid, depth)
        for (const topology of [estate.topology, anew]) {
          const answer = topology.impact(root.uuid, { depth })
          expect(new Map(answer.nodes.map(({ uuid, distance }) => [uuid, distance]))).toEqual(wanted)
          expect(answer.total).toBe(wanted.size)
        }
      }
      expect(estate.topology.dependantsOutside([root.uuid]).toSorted()).toEqual(
        [...(await dependantsBySql(root.uuid, 50)).keys()].toSorted(),
      )
    }
  }
  /** Until the neighbours in memory are those of `edges`. */
  const followed = (all: ConfigurationItem[]) =>
    expect
      .poll(
        () =>
          all
            .flatMap(({ uuid }) =>
              estate.topology
                .related(uuid)
                .filter(({ direction }) => direction === 'OUT')
                .map((to) => `${uuid} ${to.uuid}`),
            )
            .toSorted(),
        { timeout: 5_000, interval: 20 },
      )
      .toEqual([...edges.values()].toSorted())
  await fc.assert(fc.asyncProperty(fc.array(pair, { maxLength: 20 }), fc.array(fc.nat(200), { maxLength: 8 }), step), {
    numRuns: 12,
    endOnFailure: true,
  })
})

test('impact names what the asker sees, finds it also behind what they do not see, and counts what is left out', async () => {
  const [mine, db, hidden, web, batch] = await estate.change(async (em) => {
    const [mine] = await makeItems(em, 'Site', ['Mine'])
    const hosts = await makeItems(em, 'ComputerSystem', ['db', 'hidden', 'web', 'batch'])
    const [db, hidden, web, batch] = hosts as [
      ConfigurationItem,
      ConfigurationItem,
      ConfigurationItem,
      ConfigurationItem,
    ]
    const on = (a: ConfigurationItem, b: ConfigurationItem) => ({
      type: 'dependsOn',
      sourceId: a.uuid,
      targetId: b.uuid,
    })
    await relate(
      em,
      [db, web, batch].map(({ uuid }) => ({ type: 'locatedIn', sourceId: uuid, targetId: mine!.uuid })),
    )
    await relate(em, [on(hidden, db), on(web, hidden), on(batch, web)])
    return [mine!, db, hidden, web, batch]
  })
  await expect.poll(() => estate.topology.impact(db.uuid).total).toBe(3)
  const text = `query($id: ID!, $depth: Int) { configurationItem(id: $id) { impact(depth: $depth) { seq total truncated
    root { name } groups { className count } edges { sourceId type } nodes { distance viaId hiddenCount item { name } } } } }`
  const ask = (depth: number, viewer = aViewer()) => estate.query(text, { id: db.id, depth }, viewer)
  expect(await ask(2, aViewer([mine.uuid]))).toMatchObject({
    configurationItem: {
      impact: {
        total: 1,
        root: { name: 'db' },
        edges: [],
        groups: [{ className: 'ComputerSystem', count: 1 }],
        nodes: [{ distance: 2, viaId: db.id, hiddenCount: 1, item: { name: 'web' } }],
      },
    },
  })
  expect(await ask(3)).toMatchObject({
    configurationItem: {
      impact: {
        total: 3,
        truncated: false,
        nodes: [
          { item: { name: 'hidden' } },
          { item: { name: 'web' } },
          { hiddenCount: 0, viaId: web.id, item: { name: 'batch' } },
        ],
      },
    },
  })
  expect(estate.topology.dependantsOutside([db.uuid, web.uuid]).toSorted()).toEqual(
    [hidden.uuid, batch.uuid].toSorted(),
  )
  const towards = estate.topology.impact(batch.uuid, { direction: 'DEPENDENCIES', types: ['dependsOn'], depth: 9 })
  expect(towards.nodes.map(({ uuid }) => uuid)).toEqual([web.uuid, hidden.uuid, db.uuid])
  await expect(ask(0)).rejects.toThrow('depth is from 1 to 100; 0 was asked for.')
})

test('software inside a target is part of it, not a dependant outside', async () => {
  const [host, software, client] = await estate.change(async (em) => {
    const hosts = await makeItems(em, 'ComputerSystem', ['carrier', 'client'])
    const [software] = await makeItems(em, 'SoftwareInstallation', ['shop on carrier'])
    await relate(em, [
      { type: 'runsOn', sourceId: software!.uuid, targetId: hosts[0]!.uuid },
      { type: 'dependsOn', sourceId: hosts[1]!.uuid, targetId: software!.uuid },
    ])
    return [hosts[0]!, software!, hosts[1]!]
  })
  await expect.poll(() => estate.topology.related(software.uuid).length).toBe(2)
  await expect.poll(() => estate.topology.dependantsOutside([host.uuid])).toEqual([client.uuid])
})
