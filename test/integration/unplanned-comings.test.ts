// Things that appear or go missing and relationships that begin or end, by whom they are explained, and what is no such change.
import { expect, test } from 'vitest'
import type { Sighting } from '../../server/discovery/adapters/adapter.ts'
import { makeItems, aViewer } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { machine, software, sourcesOfTests, whole } from '../support/sources.ts'
import { countStatements } from '../support/statements.ts'

const estate = sourcesOfTests()

interface Change {
  kind: string
  at: string
  attribute: string
  before: unknown
  value: unknown
  state: string
  item: { id: string; name: string }
  other: { id: string; name: string } | null
}
type Subject = 'VALUES' | 'ITEMS' | 'RELATIONSHIPS'
const LIST = `query($filter: UnplannedChangeFilter) { unplannedChanges(first: 50, filter: $filter) { nodes {
  kind at attribute before value state item { id name } other { id name } } } }`
const listed = async (of: Subject, filter: object = {}, who = aViewer()) =>
  (await estate.query<{ unplannedChanges: { nodes: Change[] } }>(LIST, { filter: { of, ...filter } }, who))
    .unplannedChanges.nodes
const told = async (of: Subject, search: string) =>
  (await listed(of, { search })).map(({ kind, item, other }) => [kind, item.name, ...(other ? [other.name] : [])])

const related = (type: string, from: string, to: string): Sighting => ({
  ...{ kind: 'relationship', type, from, to },
  evidence: 'test',
})
/** A machine with what is on it. */
const host = (key: string, ...packages: [string, string][]) => [
  machine({ key, name: key }),
  ...packages.flatMap(([name, version]) => software(key, name, version)),
]

/** A deployment of a package to a machine that succeeded within the last minute. */
async function deployed(name: string, number: string, hostName: string): Promise<string> {
  const [actual] = await estate.sql<{ uuid: string; linked: boolean }>(
    `select uuid, exists (select from configuration_item c where c.actual_item_id = a.uuid) as linked from actual_item a where name = '${hostName}'`,
  )
  if (!actual!.linked) {
    await estate.change((em) => makeItems(em, 'ComputerSystem', [hostName], { actualItemId: actual!.uuid }))
  }
  const [made] = await estate.sql<{ number: string }>(
    `with who as (insert into account (uuid, login, name, state) values (gen_random_uuid(), gen_random_uuid()::text, 'D', 'ACTIVE') returning uuid),
       rep as (insert into repository (uuid, name, kind, config, state)
         values (gen_random_uuid(), gen_random_uuid(), 'directory', '{}', 'ACTIVE') returning uuid),
       pkg as (insert into package (uuid, repository_id, name, purl) select gen_random_uuid(), rep.uuid, '${name}', 'pkg:generic/x' from rep returning uuid),
       ver as (insert into package_version (uuid, package_id, number, platform, arch, purl, digest, size, state, held, file, manifest, scanned_at)
         select gen_random_uuid(), pkg.uuid, '${number}', 'any', 'any', 'pkg:generic/x', 'sha256:' || repeat('0', 64), 1, 'AVAILABLE', true, 'x', '{}', now()
         from pkg returning uuid),
       rel as (insert into release (uuid, title, purpose, back_out_plan, verification_plan, state, owner_id)
         select gen_random_uuid(), 'R', 'p', 'b', 'v', 'COMPLETED', who.uuid from who returning uuid),
       task as (insert into task (uuid, release_id, title, type, state, owner_id, source_id)
         select gen_random_uuid(), rel.uuid, 'T', 'SOFTWARE_DISTRIBUTION', 'COMPLETED', who.uuid, ver.uuid from rel, who, ver returning uuid),
       dep as (insert into deployment (uuid, title, state, confirmation, distribution, task_id, release_id, source_id, created_by_id, target_total, started_at, finished_at)
         select gen_random_uuid(), 'D', 'SUCCEEDED', 'CONFIRMED', 'AUTOMATIC', task.uuid, rel.uuid, ver.uuid, who.uuid, 1, now(), now()
         from task, rel, ver, who returning uuid, number),
       target as (insert into deployment_target (uuid, deployment_id, item_id, idx, state, confirmation, percent, touched)
         select gen_random_uuid(), dep.uuid, c.uuid, 0, 'REPORTED_OK', 'CONFIRMED', 100, true
         from dep, configuration_item c where c.name = '${hostName}' and c.actual_item_id is not null)
     select number from dep`,
  )
  return made!.number
}

test('the first look of a product is no change; what appears later and what goes missing are, each whole once', async () => {
  const product = await estate.source()
  await estate.load(product, [...host('first-a', ['shop', '1']), whole])
  expect(await told('ITEMS', 'first-')).toEqual([])
  await aMoment()
  await estate.load(product, [
    ...host('first-a', ['shop', '1'], ['extra', '7']),
    ...host('first-b', ['x', '1'], ['y', '1']),
    whole,
  ])
  expect((await told('ITEMS', 'first-')).toSorted()).toEqual([
    ['APPEARED', 'extra on first-a'],
    ['APPEARED', 'first-b'],
  ])
  expect(await told('RELATIONSHIPS', 'first-'), 'they came with the software').toEqual([])
  await aMoment()
  await estate.load(product, [...host('first-a', ['shop', '1']), whole])
  const gone = await listed('ITEMS', { search: 'first-' })
  expect(
    gone
      .slice(0, 2)
      .map(({ kind, item, before, value }) => [kind, item.name, before, value])
      .toSorted(),
  ).toEqual([
    ['WENT_MISSING', 'extra on first-a', 'PRESENT', 'MISSING'],
    ['WENT_MISSING', 'first-b', 'PRESENT', 'MISSING'],
  ])
  expect(await told('RELATIONSHIPS', 'first-'), 'they went with the software').toEqual([])
  await aMoment()
  await estate.load(product, [...host('first-a', ['shop', '1'], ['extra', '7']), whole])
  expect((await told('ITEMS', 'extra'))[0], 'it came back').toEqual(['APPEARED', 'extra on first-a'])
})

test('a relationship that begins or ends between things that stay is told, and traffic is not', async () => {
  const product = await estate.source()
  const both = [...host('edge-a', ['till', '1']), ...host('edge-b')]
  await estate.load(product, [...both, whole])
  await aMoment()
  const moved = [...both.slice(0, 2), ...host('edge-b'), related('installedOn', 'edge-a/till', 'edge-b')]
  await estate.load(product, [...moved, related('dependsOn', 'edge-a', 'edge-b'), whole])
  const changes = await listed('RELATIONSHIPS', { search: 'edge-' })
  expect(
    changes
      .map(({ kind, attribute, before, value, other }) => [kind, attribute, before, value, other?.name])
      .toSorted(),
  ).toEqual([
    ['RELATIONSHIP_BEGAN', 'installedOn', null, 'edge-b', 'edge-b'],
    ['RELATIONSHIP_ENDED', 'runsOn', 'edge-a', null, 'edge-a'],
  ])
  const known = await estate.source()
  await aMoment()
  await estate.load(known, [...host('edge-a'), ...host('edge-b'), related('runsOn', 'edge-a', 'edge-b'), whole])
  expect(await told('RELATIONSHIPS', 'edge-'), 'the first look of another source').toHaveLength(2)
})

test('what a deployment of the package to the machine brought or took away is explained by it', async () => {
  const product = await estate.source()
  await estate.load(product, [...host('plan-a', ['old', '1']), ...host('plan-b'), whole])
  await aMoment()
  await deployed('new', '2', 'plan-a')
  await aMoment()
  await estate.load(product, [
    ...host('plan-a', ['old', '1'], ['new', '2'], ['other', '2']),
    ...host('plan-b', ['new', '2']),
    whole,
  ])
  expect((await told('ITEMS', 'plan-')).toSorted()).toEqual([
    ['APPEARED', 'new on plan-b'],
    ['APPEARED', 'other on plan-a'],
  ])
  await aMoment()
  await deployed('old', '2', 'plan-b')
  await deployed('new', '3', 'plan-b')
  await aMoment()
  const edge = (type: string) => related(type, 'plan-b/new', 'plan-b')
  await estate.load(product, [
    ...host('plan-a', ['new', '2'], ['other', '2']),
    ...host('plan-b', ['new', '2']),
    edge('installedOn'),
    whole,
  ])
  expect(await told('ITEMS', 'old on plan-a'), 'the deployment went to another machine').toEqual([
    ['WENT_MISSING', 'old on plan-a'],
  ])
  expect(await told('RELATIONSHIPS', 'plan-'), 'the deployment brought the relationship').toEqual([])
})

test('people decide on a relationship and on a thing as on a value, one does not stand for the other', async () => {
  const product = await estate.source()
  await estate.load(product, [...host('say-a', ['app', '1']), ...host('say-b'), whole])
  await aMoment()
  await estate.load(product, [
    ...host('say-a', ['app', '1']),
    ...host('say-b', ['new', '1']),
    related('installedOn', 'say-a/app', 'say-b'),
    whole,
  ])
  const [edge] = await listed('RELATIONSHIPS', { search: 'app on say-' })
  const [thing] = await listed('ITEMS', { search: 'new on say-' })
  const refOf = ({ item, at, attribute, kind, other }: Change) => ({
    ...{ itemId: item.id, at, attribute, kind, otherId: other?.id ?? null },
  })
  const decide = async (changes: object[], action: string, comment: string | null = null) =>
    (
      await estate.query<{ unplannedChangesDecide: { changes: Change[]; userErrors: { message: string }[] } }>(
        `mutation($input: UnplannedChangesDecideInput!) { unplannedChangesDecide(input: $input) { changes { kind state } userErrors { message } } }`,
        { input: { changes, action, comment } },
      )
    ).unplannedChangesDecide
  expect(await decide([refOf(edge!), refOf(thing!)], 'explain', 'The new shop.')).toEqual({
    changes: [
      { kind: 'RELATIONSHIP_BEGAN', state: 'EXPLAINED' },
      { kind: 'APPEARED', state: 'EXPLAINED' },
    ],
    userErrors: [],
  })
  expect(await listed('RELATIONSHIPS', { search: 'say-', states: ['OPEN'] })).toEqual([])
  const wrong = { ...refOf(edge!), otherId: thing!.item.id }
  expect((await decide([wrong], 'reopen')).userErrors[0]!.message).toContain('There is no change of installedOn at')
  expect((await decide([{ ...refOf(edge!), kind: 'VALUE' }], 'reopen')).userErrors[0]!.message).toContain(
    'There is no change',
  )
})

test('what a rule ignores is not told, and of others only what is theirs', async () => {
  const product = await estate.source()
  await estate.load(product, [...host('rule-a'), ...host('rule-b'), whole])
  await aMoment()
  await estate.load(product, [...host('rule-a', ['agent', '1']), ...host('rule-b', ['agent', '1']), whole])
  expect(await told('ITEMS', 'rule-')).toHaveLength(2)
  expect(await listed('ITEMS', { search: 'rule-' }, aViewer(['0198a000-0000-7000-8000-000000000000']))).toEqual([])
  const [first] = await listed('ITEMS', { search: 'agent on rule-a' })
  const input = { kind: 'UNEXPECTED', actualItemId: first!.item.id, reason: 'Everybody has it.' }
  await estate.query(
    'mutation($input: ReconciliationIgnoreRuleSaveInput!) { reconciliationIgnoreRuleSave(input: $input) { userErrors { message } } }',
    { input },
  )
  expect(await told('ITEMS', 'rule-')).toEqual([['APPEARED', 'agent on rule-b']])
})

test('a page of each costs the same number of statements, however much is on it', async () => {
  for (const of of ['ITEMS', 'RELATIONSHIPS'] as const) {
    const one = await countStatements(() => estate.query(LIST.replace('first: 50', 'first: 1'), { filter: { of } }))
    const many = await countStatements(() => estate.query(LIST, { filter: { of } }))
    expect(many.length, of).toBe(one.length)
  }
})
