import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { chainPending } from '../../server/audit/chain.ts'
import { ConfigurationItem } from '../../server/item/item.entity.ts'
import { createItem, moveItem, updateItem } from '../../server/item/item.service.ts'
import { createRelationship, removeRelationship } from '../../server/item/relationship.service.ts'
import { rows } from '../../server/kernel/sql.ts'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { countStatements } from '../support/statements.ts'

const estate = anEstate()
const viewer = aViewer()
const sql = <T>(text: string, values: unknown[] = []) => rows<T>(estate.orm.em.fork(), text, values)

beforeAll(async () => {
  await sql(`insert into account (uuid, login, name, state) values ($1, 'ada', 'Ada', 'ACTIVE')`, [viewer.accountId])
})

interface Change {
  cause: string
  by: string | null
  reason: string | null
  mutation: string | null
  auditSeq: number | null
}
interface Version {
  id: string
  validFrom: string
  validTo: string | null
  change: Change | null
  changes: { field: string; from: unknown; to: unknown }[]
}
const CHANGE = 'cause by reason mutation auditSeq originId originNumber'

async function versionsOf(id: string): Promise<Version[]> {
  const text = `query($id: ID!) { configurationItem(id: $id) { versions(first: 50) { nodes {
    id validFrom validTo change { ${CHANGE} } changes { field from to } } } } }`
  const data = await estate.query<{ configurationItem: { versions: { nodes: Version[] } } }>(text, { id })
  return data.configurationItem.versions.nodes
}

test('a version says who asked for it, why, by which mutation and where that stands in the audit log', async () => {
  const made = await estate.query<{ itemCreate: { item: { id: string } } }>(
    'mutation($input: ItemCreateInput!) { itemCreate(input: $input) { item { id } userErrors { message } } }',
    { input: { className: 'Application', name: 'ledger', reason: 'bought' } },
  )
  const { id } = made.itemCreate.item
  await estate.query('mutation($input: ItemUpdateInput!) { itemUpdate(input: $input) { userErrors { message } } }', {
    input: { id, attributes: { owner: 'Kim' }, reason: 'Kim moved here' },
  })
  const audit = { query: async (text: string, values: unknown[] = []) => ({ rows: await sql<never>(text, values) }) }
  await chainPending(audit)
  const [entry] = await sql<{ seq: string }>(`select seq from audit_entry where mutation = 'itemUpdate'`)
  expect((await versionsOf(id))[0]!.change!.auditSeq).toBe(Number(entry!.seq))
  expect(await versionsOf(id)).toMatchObject([
    {
      validTo: null,
      change: { cause: 'MUTATION', by: 'Ada', reason: 'Kim moved here', mutation: 'itemUpdate' },
      changes: [{ field: 'owner', from: null, to: 'Kim' }],
    },
    {
      change: { cause: 'MUTATION', by: 'Ada', reason: 'bought', mutation: 'itemCreate' },
      changes: [{ field: 'name', to: 'ledger' }, { field: 'class' }, { field: 'state', to: 'NOT_READY' }],
    },
  ])
})

test('a writer that says nothing leaves a version all the same, and history lends it who and why', async () => {
  const item = await estate.change((em) =>
    createItem(em, estate.catalogue.now, { className: 'Application', name: 'silent', reason: 'why not' }, viewer),
  )
  await aMoment()
  await sql(`update configuration_item set attributes = '{"owner": "nobody"}' where uuid = $1`, [item.uuid])
  const [bare, told] = await versionsOf(item.id)
  expect(bare).toMatchObject({ change: { cause: 'SYSTEM', by: null, mutation: null }, changes: [{ field: 'owner' }] })
  expect(told).toMatchObject({ change: { by: 'Ada', reason: 'why not' } })
  expect(bare!.validFrom).toBe(told!.validTo)
})

test('what one transaction writes several times is one version, and a hot item keeps its versions apart', async () => {
  const item = await estate.change((em) =>
    createItem(em, estate.catalogue.now, { className: 'Application', name: 'hot' }, viewer),
  )
  await estate.change(async (em) => {
    await updateItem(em, estate.catalogue.now, { id: item.id, attributes: { owner: 'A' } }, viewer)
    await updateItem(em, estate.catalogue.now, { id: item.id, attributes: { owner: 'B' } }, viewer)
    await moveItem(em, estate.catalogue.now, { id: item.id, action: 'goLive' }, viewer)
  })
  for (const owner of ['C', 'D', 'E']) {
    await sql(`update configuration_item set attributes = jsonb_build_object('owner', $2::text) where uuid = $1`, [
      item.uuid,
      owner,
    ])
  }
  const versions = await versionsOf(item.id)
  expect(versions.map(({ changes }) => changes.find(({ field }) => field === 'owner')?.to)).toEqual([
    ...['E', 'D', 'C', 'B'],
    undefined,
  ])
  for (const { validFrom, validTo } of versions.slice(1)) expect(validFrom < validTo!).toBe(true)
})

test('the database refuses ranges of one item or one relationship that overlap', async () => {
  const [one, two] = await estate.change((em) => makeItems(em, 'Application', ['over', 'lap']))
  await expect(
    sql(
      `insert into configuration_item_version select (jsonb_populate_record(v, '{"valid_to": "2100-01-01T00:00:00Z"}')).*
       from configuration_item_version v where uuid = $1`,
      [one!.uuid],
    ),
  ).rejects.toThrow('configuration_item_version_once')
  for (let turn = 0; turn < 2; turn++) {
    const [edge] = await estate.change((em) =>
      relate(em, [{ type: 'dependsOn', sourceId: one!.uuid, targetId: two!.uuid }]),
    )
    await aMoment()
    await estate.change((em) => removeRelationship(em, estate.catalogue.now, { id: edge!.id }, viewer))
  }
  await expect(
    sql(`update relationship set valid_from = valid_from - interval '1 hour' where source_id = $1`, [one!.uuid]),
  ).rejects.toThrow('relationship_once')
})

test('every column of an item is kept in its versions', async () => {
  const missing = await sql(
    `select column_name from information_schema.columns where table_name = 'configuration_item'
     except select column_name from information_schema.columns where table_name = 'configuration_item_version'`,
  )
  expect(missing).toEqual([])
})

const PICTURE = `query($at: Moment) { configurationItems(first: 200, at: $at, filter: { search: "drawn" }) { totalCount nodes {
  id name state version site { id } attributes { name value authorizedValue }
  relationships(first: 200) { totalCount nodes { id direction type { name } other { id name state } } } } } }`

test('on random histories the picture of every earlier moment stays what it was, and now equals the present', async () => {
  const items = await estate.change((em) =>
    makeItems(
      em,
      'Application',
      Array.from({ length: 6 }, (_, n) => `drawn-${n}`),
    ),
  )
  const taken: { at: string | null; picture: unknown }[] = []
  const step = fc.record({
    what: fc.constantFrom('owner', 'name', 'state', 'relate', 'part', 'owner and relate'),
    one: fc.nat(5),
    other: fc.nat(5),
    text: fc.constantFrom('Ada', 'Kim', 'Noor'),
  })
  const edges = new Map<string, string>()
  const run = async ({ what, one, other, text }: { what: string; one: number; other: number; text: string }) =>
    estate.change(async (em) => {
      const [id, otherId] = [items[one]!.id, items[other]!.id]
      const key = `${one}-${other}`
      if (what.includes('owner'))
        await updateItem(em, estate.catalogue.now, { id, attributes: { owner: text } }, viewer)
      if (what === 'name') await updateItem(em, estate.catalogue.now, { id, name: `drawn-${one} ${text}` }, viewer)
      if (what === 'state') {
        const { state } = await em.findOneOrFail(ConfigurationItem, items[one]!.uuid)
        await moveItem(em, estate.catalogue.now, { id, action: state === 'PRODUCTION' ? 'test' : 'goLive' }, viewer)
      }
      if (what.includes('relate') && one !== other && !edges.has(key)) {
        const made = await createRelationship(
          em,
          estate.catalogue.now,
          { type: 'dependsOn', sourceId: id, targetId: otherId },
          viewer,
        )
        edges.set(key, made.id)
      }
      if (what === 'part' && edges.has(key)) {
        await removeRelationship(em, estate.catalogue.now, { id: edges.get(key)! }, viewer)
        edges.delete(key)
      }
    })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      for (const one of steps) await run(one)
      const at = await aMoment()
      const present = await estate.query(PICTURE)
      expect(await estate.query(PICTURE, { at })).toEqual(present)
      taken.push({ at, picture: present })
      for (const { at, picture } of taken) expect(await estate.query(PICTURE, { at })).toEqual(picture)
      await aMoment()
    }),
    { numRuns: 8 },
  )
})

test('the impact of an item at an earlier time is that of the graph of then', async () => {
  const [root, ...others] = await estate.change((em) =>
    makeItems(em, 'Application', ['felt root', 'felt one', 'felt two', 'felt three']),
  )
  const on = (from: number, to: ConfigurationItem) => ({
    type: 'dependsOn',
    sourceId: others[from]!.uuid,
    targetId: to.uuid,
  })
  const impact = async (at?: string) => {
    const text = `query($id: ID!, $at: Moment) { configurationItem(id: $id, at: $at) { impact { total truncated
      nodes { distance viaId hiddenCount item { name } } edges { sourceId targetId type } groups { className count } } } }`
    type Impact = { total: number; edges: { sourceId: string }[] }
    const data = await estate.query<{ configurationItem: { impact: Impact } }>(text, { id: root!.id, at })
    const { edges, ...impact } = data.configurationItem.impact
    return { ...impact, edges: edges.map((edge) => JSON.stringify(edge)).toSorted() }
  }
  const edges = await estate.change((em) =>
    relate(em, [on(0, root!), on(1, others[0]!), on(2, others[1]!), on(0, others[2]!)]),
  )
  await expect.poll(async () => (await impact()).total, { timeout: 10_000 }).toBe(3)
  const [before, at] = [await impact(), await aMoment()]
  expect(await impact(at)).toEqual(before)
  await estate.change((em) => removeRelationship(em, estate.catalogue.now, { id: edges[1]!.id }, viewer))
  await estate.change((em) => updateItem(em, estate.catalogue.now, { id: others[0]!.id, name: 'felt anew' }, viewer))
  await expect.poll(async () => (await impact()).total, { timeout: 10_000 }).toBe(1)
  expect(await impact(at)).toEqual(before)
  expect(await impact(await aMoment())).toEqual(await impact())
  expect(await countStatements(() => impact(at))).toHaveLength(4)
})

test('the past of many items takes a fixed number of statements', async () => {
  const at = await aMoment()
  // The list with its total, sites, observed values, relationships with theirs, and the other ends.
  expect((await countStatements(() => estate.query(PICTURE, { at }))).length).toBeLessThanOrEqual(9)
})

const LIST = 'query($at: Moment) { configurationItems(first: 9, at: $at) { nodes { name } } }'

test('the future is refused in words, and before the first version there is nothing', async () => {
  await expect(estate.query(LIST, { at: new Date(Date.now() + 3_600_000) })).rejects.toThrow(
    /lies in the future: it is/,
  )
  expect(await estate.query(LIST, { at: '2001-01-01T00:00:00Z' })).toEqual({ configurationItems: { nodes: [] } })
  const item = await estate.change((em) =>
    createItem(em, estate.catalogue.now, { className: 'Application', name: 'young' }, viewer),
  )
  const text = `query($id: ID!) { now: configurationItem(id: $id) { knownSince asOf }
    then: configurationItem(id: $id, at: "2001-01-01T00:00:00Z") { name } }`
  const [version] = await versionsOf(item.id)
  expect(await estate.query(text, { id: item.id })).toEqual({
    now: { knownSince: version!.validFrom, asOf: null },
    then: null,
  })
})

test('a position of the log is a moment: it shows what that mutation did, and what came later is left out', async () => {
  const item = await estate.change((em) =>
    createItem(em, estate.catalogue.now, { className: 'Application', name: 'placed' }, viewer),
  )
  const update = async (owner: string) => {
    const data = await estate.query<{ itemUpdate: { position: string } }>(
      'mutation($input: ItemUpdateInput!) { itemUpdate(input: $input) { position } }',
      { input: { id: item.id, attributes: { owner } } },
    )
    await aMoment()
    return data.itemUpdate.position
  }
  const positions = [await update('first'), await update('second')]
  const text = 'query($id: ID!, $at: Moment) { configurationItem(id: $id, at: $at) { attributes { value } } }'
  for (const [index, owner] of ['first', 'second'].entries()) {
    expect(await estate.query(text, { id: item.id, at: positions[index] })).toEqual({
      configurationItem: { attributes: [{ value: owner }] },
    })
  }
  const [epoch, seq] = positions[1]!.split(':')
  await expect(estate.query(text, { id: item.id, at: `${epoch}:${Number(seq) + 1_000_000}` })).rejects.toThrow(/future/)
  await expect(estate.query(text, { id: item.id, at: `00000000:${seq}` })).rejects.toThrow(/another log/)
})
