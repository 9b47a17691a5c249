import { expect, test } from 'vitest'
import { mergeItems, undoMerge } from '../../../server/discovery/identity/merge.service.ts'
import { recomputeAll } from '../../../server/discovery/identity/recompute.ts'
import { loadRules } from '../../../server/discovery/identity/rule.store.ts'
import { explain } from '../../../server/kernel/cause.ts'
import { uuidOf } from '../../../server/kernel/node-id.ts'
import { makeItems } from '../../support/estate.ts'
import { aMoment } from '../../support/moment.ts'
import { graphOf, machine, software, sourcesOfTests, whole } from '../../support/sources.ts'

const estate = sourcesOfTests()
interface Answered {
  question: { id: string; state: string; version: number } | null
  userErrors: { message: string }[]
}
const answer = async (mutation: string, input: object) => {
  const type = mutation === 'identityMerge' ? 'IdentityMergeInput' : 'MoveInput'
  const data = await estate.query<Record<string, Answered>>(
    `mutation($input: ${type}!) { ${mutation}(input: $input) { question { id state version } userErrors { message } } }`,
    { input },
  )
  return data[mutation]!
}
const open = async () =>
  (
    await estate.query<{
      identityQuestions: {
        nodes: {
          id: string
          item: { id: string; name: string }
          candidates: { item: { id: string; name: string } }[]
        }[]
      }
    }>(
      `{ identityQuestions(first: 100, states: [OPEN]) { nodes { id item { id name } candidates { item { id name } } } } }`,
    )
  ).identityQuestions.nodes

/** The same machine in two sources that have only the name in common, each with software and a link. */
async function twoHalves(name: string) {
  const [ssh, netbox] = [await estate.source('ssh'), await estate.source('netbox')]
  const seen = {
    ssh: [
      machine({ key: name, name, machineId: `m-${name}`, platform: 'linux' }),
      ...software(name, 'shop', '1.0.0'),
      whole,
    ],
    netbox: [
      machine({ key: `nb-${name}`, name, serialNumber: `S-${name}`, platform: 'bsd', role: 'cache' }),
      ...software(`nb-${name}`, 'cart', '2.0.0'),
      whole,
    ],
  }
  await estate.load(ssh, seen.ssh)
  await estate.load(netbox, seen.netbox)
  const question = (await open()).find(({ item }) => item.name === name)!
  return { ssh, netbox, seen, question, candidateId: question.candidates[0]!.item.id }
}

test('a merge makes one of two, and undoing it restores both exactly', async () => {
  const { question, candidateId } = await twoHalves('half-1')
  const [{ uuid }] = (await estate.sql<{ uuid: string }>(
    `select uuid from actual_item where name = 'half-1' and attributes ? 'role'`,
  )) as [{ uuid: string }]
  await estate.change((em) => makeItems(em, 'ComputerSystem', ['half-1'], { actualItemId: uuid }))
  const before = await graphOf(estate)
  expect(await answer('identityMerge', { id: question.id, candidateId })).toMatchObject({
    question: { state: 'MERGED' },
    userErrors: [],
  })
  const merged = await estate.sql<{ state: string; attributes: object }>(
    `select state, attributes from actual_item where name = 'half-1' order by state desc`,
  )
  expect(merged).toMatchObject([
    {
      state: 'PRESENT',
      attributes: { platform: 'linux', role: 'cache', machineId: 'm-half-1', serialNumber: 'S-half-1' },
    },
    { state: 'MERGED' },
  ])
  expect(
    await estate.sql(
      `select a.state from configuration_item c join actual_item a on a.uuid = c.actual_item_id where c.name = 'half-1'`,
    ),
  ).toEqual([{ state: 'PRESENT' }])
  expect(await answer('identityUndo', { id: question.id })).toMatchObject({
    question: { state: 'OPEN' },
    userErrors: [],
  })
  expect(await graphOf(estate)).toEqual(before)
})

test('what sources say after a merge stays with the merged item, and goes back with its key', async () => {
  const { netbox, ssh, seen, question, candidateId } = await twoHalves('half-2')
  await answer('identityMerge', { id: question.id, candidateId })
  const run = await estate.load(netbox, [
    machine({ key: 'nb-half-2', name: 'half-2', serialNumber: 'S-half-2', role: 'web' }),
    ...software('nb-half-2', 'cart', '2.0.0'),
    whole,
  ])
  expect(run).toMatchObject({ created: 0, changed: 1, missing: 0, questions: 0 })
  expect(await estate.load(ssh, seen.ssh)).toMatchObject({ created: 0, changed: 0 })
  await answer('identityUndo', { id: question.id })
  expect(
    await estate.sql(`select attributes from actual_item where name = 'half-2' order by attributes ? 'role'`),
  ).toEqual([
    { attributes: { platform: 'linux', machineId: 'm-half-2' } },
    { attributes: { serialNumber: 'S-half-2', role: 'web' } },
  ])
  expect(await estate.load(netbox)).toMatchObject({ created: 0, changed: 0, missing: 0 })
})

test('what is kept apart is not asked again, and what has two records is not merged', async () => {
  const { netbox, seen, question } = await twoHalves('half-3')
  expect(await answer('identityKeepApart', { id: question.id, reason: 'Two machines behind one name.' })).toMatchObject(
    { question: { state: 'KEPT_APART' } },
  )
  expect(await estate.load(netbox, [...seen.netbox.slice(0, 1), machine({ key: 'n', name: 'half-3b' })])).toMatchObject(
    { questions: 0 },
  )
  const other = await twoHalves('half-4')
  for (const one of await estate.sql<{ uuid: string }>(`select uuid from actual_item where name = 'half-4'`))
    await estate.change((em) => makeItems(em, 'ComputerSystem', [`half-4 ${one.uuid}`], { actualItemId: one.uuid }))
  const before = await graphOf(estate)
  expect(await answer('identityMerge', { id: other.question.id, candidateId: other.candidateId })).toMatchObject({
    userErrors: [{ message: expect.stringContaining('are linked to two configuration items') }],
  })
  expect(await graphOf(estate)).toEqual(before)
})

test('working everything out anew gives the same', async () => {
  await twoHalves('half-5')
  const before = await graphOf(estate)
  expect(await recomputeAll(estate.orm.em, estate.catalogue)).toBe(0)
  expect(await graphOf(estate)).toEqual(before)
})

test('a rule that changes has everything worked out anew; one that makes no sense is refused in words', async () => {
  const set = (input: object) =>
    estate.query<{ identityRuleSet: { rule: { version: number } | null; userErrors: { message: string }[] } }>(
      `mutation($input: IdentityRuleSetInput!) { identityRuleSet(input: $input) { rule { className version values { attribute sources } } userErrors { message } } }`,
      { input },
    )
  const refused = async (input: object) =>
    (await set(input)).identityRuleSet.userErrors.map(({ message }) => message).join()
  expect(await refused({ className: 'Nonsense', values: [] })).toContain('There is no class Nonsense')
  expect(
    await refused({ className: 'ComputerSystem', identifiers: [{ name: 'Bad Name', by: ['x'], strength: 'WEAK' }] }),
  ).toContain('is no name of an identifier')
  const faults = async (input: object) => {
    const { identityRuleSet } = await estate.query<{ identityRuleSet: { userErrors: { field: string[] }[] } }>(
      `mutation($input: IdentityRuleSetInput!) { identityRuleSet(input: $input) { userErrors { field } } }`,
      { input },
    )
    return identityRuleSet.userErrors.map(({ field }) => field.join('.'))
  }
  expect(
    await faults({
      className: 'Pod',
      identifiers: [
        { name: 'uid', by: ['uid'], strength: 'STRONG', minOverlap: 0, exclude: ['*'] },
        { name: 'uid', by: [], strength: 'WEAK' },
        { name: 'mac', by: [], strength: 'WEAK', lookup: { className: 'Nonsense', attribute: 'mac address' } },
      ],
      values: [
        { attribute: 'phase', sources: ['ssh', 'nonsense'], staleAfter: 0 },
        { attribute: 'phase', union: true },
      ],
    }),
  ).toEqual([
    'identifiers.0.exclude',
    'identifiers.0.minOverlap',
    'identifiers.1.name',
    'identifiers.1.by',
    'identifiers.2.lookup.className',
    'identifiers.2.lookup.attribute',
    'values.0.sources',
    'values.0.staleAfter',
    'values.1.attribute',
  ])
  expect(await faults({ className: 'Pod', host: { types: ['leansOn'], classNames: [] } })).toEqual([
    'host.types',
    'host.classNames',
  ])
  await twoHalves('half-6')
  const values = [
    { attribute: 'owner', neverFromDiscovery: true },
    { attribute: 'platform', sources: ['netbox', 'ssh'] },
  ]
  expect(await set({ className: 'ComputerSystem', values })).toMatchObject({
    identityRuleSet: { rule: { version: 2 } },
  })
  expect(estate.jobs.some(({ queue }) => queue === 'identity-recompute')).toBe(true)
})

test('what a merge and its undoing do to the values is no change that nobody planned; what a source sees later is', async () => {
  const { ssh, seen, question, candidateId } = await twoHalves('half-9')
  const changes = async () => {
    const text = `{ unplannedChanges(first: 50, filter: { search: "half-9" }) { nodes { attribute before value } } }`
    const data = await estate.query<{ unplannedChanges: { nodes: { attribute: string }[] } }>(text)
    return data.unplannedChanges.nodes.map(({ attribute }) => attribute)
  }
  const rules = await loadRules(estate.orm.em.fork(), estate.catalogue)
  const because = { by: null, reason: 'One machine.' }
  await aMoment()
  const merge = await estate.change(async (em) => {
    await explain(em, { cause: 'MUTATION', mutation: 'identityMerge' })
    const [survivorId, absorbedId] = [uuidOf(candidateId, 'act'), uuidOf(question.item.id, 'act')]
    return mergeItems(em, rules, { survivorId, absorbedId, questionId: null }, because)
  })
  expect(await estate.sql(`select 1 as n from actual_item where name = 'half-9' and attributes ? 'role'`)).toHaveLength(
    2,
  )
  expect(await changes()).toEqual([])
  await aMoment()
  await estate.change(async (em) => {
    await explain(em, { cause: 'MUTATION', mutation: 'identityUndo' })
    await undoMerge(em, rules, merge, because)
  })
  expect(await changes()).toEqual([])
  await aMoment()
  const [host, ...rest] = seen.ssh
  await estate.load(ssh, [
    { ...host!, attributes: { ...(host as { attributes: object }).attributes, platform: 'bsd' } } as never,
    ...rest,
  ])
  expect(await changes()).toEqual(['platform'])
})

test('several candidates become one with a single answer, and one undoing gives all of them back', async () => {
  const name = 'third-1'
  const sources = [await estate.source('ssh'), await estate.source('netbox'), await estate.source('csv')]
  for (const [place, source] of sources.entries())
    await estate.load(source, [machine({ key: `${place}-${name}`, name, serialNumber: `S-${place}-${name}` }), whole])
  const question = (await open()).find(({ item, candidates }) => item.name === name && candidates.length === 2)!
  const [candidateId, other] = question.candidates.map(({ item }) => item.id)
  const before = await graphOf(estate)
  expect(await answer('identityMerge', { id: question.id, candidateId, alsoIds: [question.item.id] })).toMatchObject({
    question: null,
    userErrors: [{ message: expect.stringContaining('is no candidate') as string }],
  })
  expect(await graphOf(estate)).toEqual(before)

  expect(await answer('identityMerge', { id: question.id, candidateId, alsoIds: [other, other] })).toMatchObject({
    question: { state: 'MERGED' },
    userErrors: [],
  })
  const states = await estate.sql<{ state: string }>(`select state from actual_item where name = '${name}' order by 1`)
  expect(states.map(({ state }) => state)).toEqual(['MERGED', 'MERGED', 'PRESENT'])
  expect(await answer('identityUndo', { id: question.id })).toMatchObject({ question: { state: 'OPEN' } })
  expect(await graphOf(estate)).toEqual(before)
})

test('a question whose items another answer merged does not stay open until somebody dismisses it, and opens again with the undo', async () => {
  const { question, candidateId } = await twoHalves('half-5')
  // Another question about the same two, from the other end, and one about the two and something else.
  const third = await estate.source('csv')
  await estate.load(third, [machine({ key: 'c-half-5', name: 'apart-5', machineId: 'c-5' }), whole])
  const [{ uuid: apart }] = (await estate.sql<{ uuid: string }>(
    `select uuid from actual_item where name = 'apart-5'`,
  )) as [{ uuid: string }]
  const [item, candidate] = [uuidOf(question.item.id, 'act'), uuidOf(candidateId, 'act')]
  await estate.sql(
    `insert into identity_question (uuid, number, kind, state, item_id, candidates, rule, evidence)
     values (gen_random_uuid(), 'IDQ-back', 'CONFLICT', 'OPEN', '${candidate}', '{${item}}', 'ComputerSystem/name', '{}'),
       (gen_random_uuid(), 'IDQ-three', 'AMBIGUOUS', 'OPEN', '${apart}', '{${item},${candidate}}', 'ComputerSystem/name', '{}')`,
  )
  const told = () =>
    estate.sql<{ number: string; state: string; comment: string | null }>(
      `select number, state, comment from identity_question where number in ('IDQ-back', 'IDQ-three') order by number`,
    )
  const number = (
    await estate.sql<{ number: string }>(
      `select number from identity_question where uuid = '${uuidOf(question.id, 'idq')}'`,
    )
  )[0]!.number
  expect(await answer('identityMerge', { id: question.id, candidateId })).toMatchObject({ userErrors: [] })
  const reason = `Its items were merged by the answer to ${number}.`
  expect(await told()).toEqual([
    { number: 'IDQ-back', state: 'SETTLED', comment: reason },
    { number: 'IDQ-three', state: 'OPEN', comment: null },
  ])
  const history = () =>
    estate.sql(
      `select h.action, h.reason, h.actor from history h join identity_question q on q.uuid = h.subject where q.number = 'IDQ-back' order by h.at`,
    )
  expect(await history()).toEqual([{ action: 'settle', reason, actor: null }])
  expect(await answer('identityUndo', { id: question.id })).toMatchObject({ userErrors: [] })
  expect((await told()).map(({ state }) => state)).toEqual(['OPEN', 'OPEN'])
  expect(await history()).toMatchObject([{ action: 'settle' }, { action: 'reopen' }])
})
