import 'reflect-metadata'
import { execute, parse, validate, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { beforeAll, expect, test } from 'vitest'
import { compiledExecutor, type Executor } from '../../server/http/compiled-executor.ts'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import type { Viewer } from '../../server/kernel/context.ts'
import { nodeLoaders } from '../../server/parts.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { buildSchema } from '../../server/schema.ts'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'

const estate = anEstate(() => ({ nodeLoaders }))
let schema: GraphQLSchema
let run: Executor
let db: ConfigurationItem
let web: ConfigurationItem

beforeAll(async () => {
  schema = buildSchema()
  run = compiledExecutor(schema)
  await estate.change(async (em) => {
    const made = await makeItems(em, 'ComputerSystem', ['db', 'web', 'api'], { attributes: { role: 'x', port: 80 } })
    ;[db, web] = made as [ConfigurationItem, ConfigurationItem]
    await relate(
      em,
      made.slice(1).map(({ uuid }) => ({ type: 'dependsOn', sourceId: uuid, targetId: db.uuid })),
    )
  })
})

const nobodyAnywhere: Viewer = { ...aViewer([]), name: 'Eve' }

/** Documents with their variables; `$db` and `$web` stand for ids. Errors, nulls and directives are among them. */
const corpus: [string, string, Record<string, unknown>?, (Viewer | null)?][] = [
  ['a list', '{ configurationItems(first: 2) { nodes { id name createdAt } pageInfo { endCursor } totalCount } }'],
  [
    'an alias and a repeated field',
    '{ a: configurationItems(first: 1) { nodes { name n: name } } b: configurationItems(last: 1) { nodes { name } } }',
  ],
  [
    'a null for an unknown id',
    'query($id: ID!) { configurationItem(id: $id) { name } }',
    { id: 'ci_01936000-0000-7000-8000-000000000001' },
  ],
  ['a refusal in a nullable field', '{ configurationItem(id: "nonsense") { name } itemClasses { name } }'],
  ['a refusal that makes the whole answer null', '{ configurationItems(first: 900) { nodes { name } } }'],
  [
    'a refusal deep in a list',
    'query($id: ID!) { configurationItem(id: $id) { name relationships(first: 999) { nodes { id } } } }',
    { id: '$db' },
  ],
  [
    'a refusal in two places',
    '{ a: configurationItems(first: 0) { nodes { name } } b: configurationItems(first: 0) { nodes { name } } }',
  ],
  ['no permission', '{ configurationItems(first: 1) { nodes { name } } }', {}, nobodyAnywhere],
  ['nobody signed in', '{ configurationItems(first: 1) { nodes { name } } }', {}, null],
  [
    'nested relationships',
    'query($id: ID!) { configurationItem(id: $id) { relationships(first: 5) { nodes { direction type { name impact } other { name className } } } } }',
    { id: '$db' },
  ],
  [
    'relationships beyond memory',
    'query($id: ID!) { configurationItem(id: $id) { relationships(first: 5) { nodes { validFrom other { name attributes { name value source } } } } } }',
    { id: '$db' },
  ],
  [
    'fragments, spread and inline',
    'query($id: ID!) { node(id: $id) { __typename id ...I ... on ConfigurationItem { state } ... on Release { title: id } } } fragment I on ConfigurationItem { name allowedActions }',
    { id: '$web' },
  ],
  [
    'directives that leave out',
    'query($id: ID!, $yes: Boolean!) { configurationItem(id: $id) { id name @include(if: $yes) state @skip(if: $yes) ...F @skip(if: $yes) } } fragment F on ConfigurationItem { ordinal }',
    { id: '$db', yes: true },
  ],
  [
    'directives the other way',
    'query($id: ID!, $yes: Boolean!) { configurationItem(id: $id) { id name @include(if: $yes) state @skip(if: $yes) ...F @skip(if: $yes) } } fragment F on ConfigurationItem { ordinal }',
    { id: '$db', yes: false },
  ],
  ['a variable that is missing', 'query($id: ID!) { configurationItem(id: $id) { name } }', {}],
  [
    'a variable of the wrong type',
    'query($first: Int) { configurationItems(first: $first) { nodes { name } } }',
    { first: 'many' },
  ],
  [
    'a variable that is null',
    'query($first: Int) { configurationItems(first: $first) { nodes { name } } }',
    { first: null },
  ],
  ['a default value', 'query($first: Int = 1) { configurationItems(first: $first) { nodes { name } } }'],
  [
    'an input object with an enum',
    'query($f: ConfigurationItemFilter) { configurationItems(first: 9, filter: $f) { nodes { name state } } }',
    { f: { states: ['PRODUCTION'], search: 'W' } },
  ],
  [
    'an enum that there is not',
    'query($f: ConfigurationItemFilter) { configurationItems(first: 9, filter: $f) { nodes { name } } }',
    { f: { states: ['NOWHERE'] } },
  ],
  [
    'impact',
    'query($id: ID!) { configurationItem(id: $id) { impact { total nodes { item { name } viaId } groups { className count } } } }',
    { id: '$db' },
  ],
  [
    'a path',
    'query($a: ID!, $b: ID!) { graphPath(fromId: $a, toId: $b) { length steps { item { name } relationship { id } } } }',
    { a: '$db', b: '$web' },
  ],
  [
    'an empty list',
    'query($id: ID!) { configurationItem(id: $id) { history(first: 1) { nodes { id } } site { name } } }',
    { id: '$db' },
  ],
  [
    'the schema itself',
    '{ __schema { queryType { name } types { name kind } } __type(name: "Seq") { name description } }',
  ],
  [
    'many nodes, some unknown',
    'query($ids: [ID!]!) { nodes(ids: $ids) { id ... on ConfigurationItem { name } } }',
    { ids: ['$db', 'ci_01936000-0000-7000-8000-000000000001', '$web'] },
  ],
]

test.each(corpus)(
  'the compiled answer is that of graphql-js: %s',
  async (_name, text, variables = {}, viewer = aViewer()) => {
    const document = parse(text)
    expect(validate(schema, document)).toEqual([])
    const filled = JSON.parse(JSON.stringify(variables).replaceAll('$db', db.id).replaceAll('$web', web.id)) as Record<
      string,
      unknown
    >
    const context = () => ({ ...estate.context(), viewer })
    const wanted = await execute({ schema, document, variableValues: filled, contextValue: context() })
    // The first two times bring it to be compiled; the third uses what is there.
    for (let time = 0; time < 3; time++) {
      const got = await run({ document, key: text, variables: filled, context: context() })
      expect(plain(got)).toEqual(plain(wanted))
      expect(got.errors?.map(({ originalError }) => originalError?.constructor)).toEqual(
        wanted.errors?.map(({ originalError }) => originalError?.constructor),
      )
    }
  },
)

/** As it goes over the line; errors may come in another order. */
function plain({ data, errors }: ExecutionResult): unknown {
  const lines = errors?.map((error) => JSON.stringify(error.toJSON()))
  return JSON.parse(JSON.stringify({ data, errors: lines?.sort() })) as unknown
}

test('a compiled query answers nodes of several kinds, each as its own type', async () => {
  const text =
    'query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on ConfigurationItem { name } ... on Relationship { type { name } } } }'
  const [{ uuid }] = (await estate.orm.em.fork().execute('select uuid from relationship limit 1')) as [{ uuid: string }]
  const variables = { ids: [db.id, toNodeId('rel', uuid)] }
  for (let time = 0; time < 3; time++) {
    expect(plain(await run({ document: parse(text), key: text, variables, context: estate.context() }))).toEqual({
      data: {
        nodes: [
          { __typename: 'ConfigurationItem', name: 'db' },
          { __typename: 'Relationship', type: { name: 'dependsOn' } },
        ],
      },
    })
  }
})
