// Books that make no sense as a whole, handed in like any other: the run says what is wrong where, and the graph stays as it was.
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { anApp } from '../support/app.ts'
import { discovered, handIn, RUN, type Run } from '../support/discovery.ts'
import { book, computer, linux, operation, relation } from '../support/idml/books.ts'

vi.setConfig({ testTimeout: 120_000 })
const app = anApp()

interface Problem {
  severity: string
  rule: string
  message: string
  source: string | null
  line: number | null
  element: string | null
}
type Told = Run & { problems: { nodes: Problem[] } }
const SELECTION = `${RUN} problems(first: 50) { nodes { severity rule message source line element } }`

let productId: string
const load = async (name: string, text: string) => {
  const uploadId = await handIn(app, productId, name, text)
  return discovered<Told>(app.admin, { productId, uploadId }, SELECTION)
}
/** Everything that is seen, with the values of every source. */
const graph = () =>
  app.database.rows(
    `select (select jsonb_agg(to_jsonb(a) order by a.uuid) from actual_item a) as items,
       (select jsonb_agg(to_jsonb(o) order by to_jsonb(o)::text) from observation o) as observations,
       (select jsonb_agg(to_jsonb(r) order by r.uuid) from actual_relationship r) as relationships`,
  )
const good = (...more: string[]) =>
  book(
    operation(
      'refresh',
      [computer('web', 'web-1'), linux('os'), relation('runsOn', 'os', 'web'), ...more].join('\n'),
      '2026-11-22T10:00:00Z',
    ),
  )

beforeAll(async () => {
  const { product } = await app.admin.does<{ product: { id: string } }>(
    'productRegister',
    { name: 'Books', kind: 'idml', config: {} },
    'product { id }',
  )
  productId = product.id
  expect(await load('good.xml', good())).toMatchObject({ state: 'SUCCEEDED', created: 2, relationships: 1, errors: 0 })
})

describe('a book that is handed in', () => {
  const whole = good(computer('db', 'db-1'))
  const bomb = `<!DOCTYPE idml [<!ENTITY a "${'lol'.repeat(10)}">${Array.from('bcdefghij')
    .map((name, n) => `<!ENTITY ${name} "${`&${'abcdefghij'[n]};`.repeat(10)}">`)
    .join('')}]>`
  const cases: [string, string, Partial<Problem>][] = [
    ['cut off', whole.slice(0, whole.indexOf('db-1')), { rule: 'xml', line: 9 }],
    ['that is no XML', 'appcode;host\n1;web-1\n', { rule: 'xml', line: 3 }],
    [
      'with a DOCTYPE',
      whole.replace('?>', '?><!DOCTYPE idml SYSTEM "http://x.invalid/">'),
      { rule: 'doctype', line: 1 },
    ],
    ['with an entity bomb', whole.replace('?>', `?>${bomb}`).replace('web-1', '&j;'), { rule: 'doctype', line: 1 }],
    [
      'with two elements of one id',
      good(computer('web', 'db-1')),
      { rule: 'id-unique', line: 9, element: expect.stringContaining('id="web"') as string },
    ],
    [
      'whose time goes backwards',
      book(
        operation('create', computer('db'), '2026-11-23T10:00:00Z'),
        operation('modify', computer('web', 'other'), '2026-11-22T10:00:00Z'),
      ),
      { rule: 'timestamp-order', line: 8, element: 'idml:modify' },
    ],
  ]
  test.each(cases)('%s changes nothing, and the run names rule and line', async (name, text, expected) => {
    const before = await graph()
    const file = `${name.replaceAll(' ', '-')}.xml`
    const run = await load(file, text)
    expect(run).toMatchObject({ state: 'FAILED', created: 0, changed: 0, missing: 0, errors: 1 })
    const told = run.problems.nodes.filter(({ severity }) => severity === 'error')
    expect(told).toEqual([expect.objectContaining({ source: file, ...expected })])
    expect(run.failure).toContain(told[0]!.message)
    expect(await graph()).toEqual(before)
  })

  test('with an unknown class, an end that is not in it and a delete of what was never seen is taken over without them', async () => {
    const another = computer('db', 'db-1').replace('02000000000A', '02000000000B')
    const run = await load(
      'doubtful.xml',
      book(
        operation(
          'create',
          [another, '<cdm:foo.Bar id="x"/>', relation('runsOn', 'db', 'nobody')].join('\n'),
          '2026-11-24T10:00:00Z',
        ),
        operation('delete', computer('ghost'), '2026-11-24T11:00:00Z'),
      ),
    )
    expect(run).toMatchObject({ state: 'SUCCEEDED', created: 1, missing: 0, errors: 0 })
    const told = run.problems.nodes.map(({ rule, line, source }) => ({ rule, line, source }))
    const source = 'doubtful.xml'
    expect(told).toEqual(
      expect.arrayContaining([
        { rule: 'class-unknown', line: 7, source },
        { rule: 'relation-ends', line: 8, source },
        { rule: 'gone-unknown', line: 12, source },
      ]),
    )
  })
})
