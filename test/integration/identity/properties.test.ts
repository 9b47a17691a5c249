/** What holds for every estate and every order of its sources, tried on random ones in a real database. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Sighting } from '../../../server/discovery/adapters/adapter.ts'
import { graphOf, machine, sourcesOfTests, whole } from '../../support/sources.ts'

const estate = sourcesOfTests()
const RUNS = { numRuns: 6, endOnFailure: true }
const JUNK = ['NA', 'None', '0', 'To Be Filled By O.E.M.', 'UNKNOWN', '00000000-0000-0000-0000-000000000000']
const KINDS = ['ssh', 'netbox', 'csv'] as const

interface Machine {
  serial: boolean
  host: boolean
  /** By source: whether it sees the machine, and the junk it tells instead of a serial number. */
  seenBy: { sees: boolean; junk: string | null; role: string }[]
}
const aMachine = fc.record({
  serial: fc.boolean(),
  host: fc.boolean(),
  seenBy: fc.array(
    fc.record({
      sees: fc.boolean(),
      junk: fc.option(fc.constantFrom(...JUNK)),
      role: fc.constantFrom('web', 'cache', 'queue'),
    }),
    { minLength: 3, maxLength: 3 },
  ),
})
const world = fc.array(aMachine, { minLength: 2, maxLength: 6 })
let worlds = 0

/** What one source says of the machines: each with its machine id and whatever else is known, under keys of its own. */
function said(tag: string, machines: readonly Machine[], source: number, always: boolean): Sighting[] {
  return machines.flatMap((one, index) => {
    const { sees, junk, role } = one.seenBy[source]!
    if (!sees) return []
    const serialNumber = junk ?? (one.serial ? `S-${tag}-${index}` : undefined)
    return [
      machine({
        key: `${source}-${index}`,
        name: `${tag}-${index}`,
        role,
        ...(always || !one.host ? { machineId: `M-${tag}-${index}` } : {}),
        ...(serialNumber ? { serialNumber } : {}),
      }),
    ]
  })
}

/** Which observations share an item, and what the items show; without ids, so that two worlds can be compared. */
async function shapeOf(products: readonly { uuid: string }[]) {
  return estate.sql(
    `select a.attributes - 'machineId' - 'serialNumber' as attributes,
       array_agg(s.said order by s.said) as seen
     from observation o join actual_item a on a.uuid = o.actual_item_id,
       lateral (select array_position(?::uuid[], o.product_id) || ' ' || o.native_key as said) s
     where o.current and o.product_id = any(?::uuid[]) group by a.uuid, a.attributes order by 2`,
    [`{${products.map(({ uuid }) => uuid).join()}}`, `{${products.map(({ uuid }) => uuid).join()}}`],
  )
}

test('the order in which sources are read does not matter', async () => {
  await fc.assert(
    fc.asyncProperty(world, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), async (machines, order) => {
      const shapes = []
      for (const places of [[0, 1, 2], order]) {
        const tag = `o${++worlds}`
        const products = [await estate.source(KINDS[0]), await estate.source(KINDS[1]), await estate.source(KINDS[2])]
        for (const place of places) await estate.load(products[place]!, [...said(tag, machines, place, true), whole])
        shapes.push(await shapeOf(products))
      }
      expect(shapes[1]).toEqual(shapes[0])
    }),
    RUNS,
  )
})

/** Of each machine: which of its marks each source tells; nothing that people would have to guess by. */
const partly = fc.array(
  fc.array(fc.record({ machineId: fc.boolean(), serialNumber: fc.boolean(), hostKey: fc.boolean() }), {
    minLength: 3,
    maxLength: 3,
  }),
  { minLength: 1, maxLength: 3 },
)

interface Asked {
  id: string
  item: { id: string; name: string }
  candidates: { item: { id: string; name: string } }[]
}

/** A person who knows every machine answers what was asked, as long as something is asked. */
async function answerTruly(tag: string): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const { identityQuestions } = await estate.query<{ identityQuestions: { nodes: Asked[] } }>(
      `{ identityQuestions(first: 100, states: [OPEN]) { nodes { id item { id name } candidates { item { id name } } } } }`,
    )
    const asked = identityQuestions.nodes.find(({ item }) => item.name.startsWith(`${tag}-`))
    if (!asked) return
    const same = new Set(
      asked.candidates.flatMap(({ item }) =>
        item.id !== asked.item.id && machineOf(item.name) === machineOf(asked.item.name) ? [item.id] : [],
      ),
    )
    const [candidateId, ...alsoIds] = same
    const done = candidateId
      ? await answered('identityMerge', 'IdentityMergeInput', { id: asked.id, candidateId, alsoIds })
      : await answered('identityDismiss', 'MoveInput', { id: asked.id })
    expect(done).toEqual([])
  }
  throw new Error('Questions do not come to an end')
}

const machineOf = (name: string) => name.split('-').slice(0, 2).join('-')

async function answered(mutation: string, type: string, input: object) {
  const data = await estate.query<Record<string, { userErrors: { message: string }[] }>>(
    `mutation($input: ${type}!) { ${mutation}(input: $input) { userErrors { message } } }`,
    { input },
  )
  return data[mutation]!.userErrors
}

test('whatever part of the marks each source tells, in every order the same are one once people have answered', async () => {
  await fc.assert(
    fc.asyncProperty(partly, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), async (machines, order) => {
      const shapes = []
      for (const places of [[0, 1, 2], order]) {
        const tag = `p${++worlds}`
        const products = [await estate.source(KINDS[0]), await estate.source(KINDS[1]), await estate.source(KINDS[2])]
        for (const place of places) {
          const seen = machines.map((told, index) => {
            const { machineId, serialNumber, hostKey } = told[place]!
            return machine({
              key: `${place}-${index}`,
              name: `${tag}-${index}-${place}`,
              ...(machineId ? { machineId: `M-${tag}-${index}` } : {}),
              ...(serialNumber ? { serialNumber: `S-${tag}-${index}` } : {}),
              ...(hostKey ? { sshHostKeyFingerprint: `SHA256:${tag}${index}` } : {}),
            })
          })
          await estate.load(products[place]!, [...seen, whole])
        }
        await answerTruly(tag)
        shapes.push((await shapeOf(products)).map((shape) => (shape as { seen: string[] }).seen))
      }
      expect(shapes[1]).toEqual(shapes[0])
    }),
    { numRuns: 12, endOnFailure: true },
  )
})

test('loading the same twice changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (machines) => {
      const tag = `i${++worlds}`
      const product = await estate.source('ssh')
      const sightings = [...said(tag, machines, 0, false), whole]
      await estate.load(product, sightings)
      const before = await graphOf(estate)
      expect(await estate.load(product, sightings)).toMatchObject({ created: 0, changed: 0, missing: 0, questions: 0 })
      expect(await graphOf(estate)).toEqual(before)
    }),
    RUNS,
  )
})

test('junk and shuffled ids never merge two machines', async () => {
  const shuffled = fc.record({ machines: world, swap: fc.nat(5), junk: fc.constantFrom(...JUNK) })
  await fc.assert(
    fc.asyncProperty(shuffled, async ({ machines, swap, junk }) => {
      const tag = `s${++worlds}`
      const [one, other] = [await estate.source('ssh'), await estate.source('netbox')]
      const all = machines.map((_, index) => ({ machineId: `M-${tag}-${index}`, serialNumber: `S-${tag}-${index}` }))
      await estate.load(one, [
        ...all.map((marks, index) => machine({ key: `${index}`, name: `${tag}-${index}`, ...marks })),
        machine({ key: 'junk', name: `${tag}-junk`, machineId: junk, serialNumber: junk }),
        whole,
      ])
      // The other source has the serial numbers of two machines the wrong way round.
      const wrong = all.map(({ machineId }, index) => ({
        machineId,
        serialNumber: all[(index + swap) % all.length]!.serialNumber,
      }))
      await estate.load(other, [
        ...wrong.map((marks, index) => machine({ key: `w${index}`, name: `${tag}-w${index}`, ...marks })),
        machine({ key: 'wjunk', name: `${tag}-wjunk`, machineId: junk, serialNumber: junk }),
        whole,
      ])
      const mixed = await estate.sql(
        `select actual_item_id from observation where current and product_id = any(?::uuid[])
         group by 1 having count(distinct regexp_replace(native_key, '^w', '')) > 1`,
        [`{${one.uuid},${other.uuid}}`],
      )
      expect(mixed).toEqual([])
    }),
    RUNS,
  )
})

test('undoing a merge restores both, whatever they are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(aMachine, aMachine), async ([left, right]) => {
      const tag = `u${++worlds}`
      const [one, other] = [await estate.source('ssh'), await estate.source('csv')]
      const name = `${tag}-half`
      const half = (key: string, { serial, seenBy }: Machine) =>
        machine({ key, name, role: seenBy[0]!.role, ...(serial ? { serialNumber: `S-${tag}-${key}` } : {}) })
      await estate.load(one, [half('l', left), whole])
      await estate.load(other, [half('r', right), whole])
      const { identityQuestions } = await estate.query<{
        identityQuestions: { nodes: { id: string; item: { name: string }; candidates: { item: { id: string } }[] }[] }
      }>(`{ identityQuestions(first: 5, states: [OPEN]) { nodes { id item { name } candidates { item { id } } } } }`)
      const question = identityQuestions.nodes.find(({ item }) => item.name === name)!
      const before = await graphOf(estate)
      const answer = (mutation: string, type: string, input: object) =>
        estate.query(`mutation($input: ${type}!) { ${mutation}(input: $input) { userErrors { message } } }`, { input })
      await answer('identityMerge', 'IdentityMergeInput', {
        id: question.id,
        candidateId: question.candidates[0]!.item.id,
      })
      expect(await graphOf(estate)).not.toEqual(before)
      await answer('identityUndo', 'MoveInput', { id: question.id })
      expect(await graphOf(estate)).toEqual(before)
    }),
    RUNS,
  )
})
