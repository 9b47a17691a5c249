// A run that failed or was cancelled is resumed by hand: it goes on with what it had not finished, and ends like one that was
// never interrupted. What cannot be resumed is refused with the reason.
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { ReadOrder, Sighting } from '../../server/discovery/adapters/adapter.ts'
import { cancelDiscovery, DISCOVERY_QUEUE } from '../../server/discovery/discovery.service.ts'
import { sweepStaging } from '../../server/discovery/load/interrupted.ts'
import { stagingOf } from '../../server/discovery/load/staging.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { aViewer } from '../support/estate.ts'
import { seenBy, toldTo } from '../support/seen.ts'
import { machine, software, sourcesOfTests, type Sources } from '../support/sources.ts'

const [calm, cut, refusing] = [sourcesOfTests(), sourcesOfTests(), sourcesOfTests()]
const viewer = aViewer()
const SCOPES = ['north', 'south', 'east']

/** Three scopes that refer to each other; in one of them something happens. Notes which of them are read. */
function inScopes(where?: string, what?: (order: ReadOrder) => Promise<unknown>) {
  const read: string[] = []
  const shows = async function* (order: ReadOrder): AsyncGenerator<Sighting> {
    for (const scope of SCOPES) {
      if (order.finished.has(scope)) continue
      read.push(scope)
      yield { kind: 'scope', name: scope, of: SCOPES.length }
      // An attribute that no class has is said once in a run.
      yield machine({ key: `${scope}-1`, name: `${scope}-1`, serialNumber: `S-${scope}`, nonsense: 'x' })
      yield* software(`${scope}-1`, 'shop', '1.0.0')
      if (scope === where) await what?.(order)
      yield {
        kind: 'problem',
        severity: 'warning',
        rule: 'odd',
        message: `${scope} is odd.`,
        where: { source: scope, line: 3 },
      }
      yield { kind: 'complete', scope }
    }
    yield { kind: 'scope', name: 'connections', of: SCOPES.length + 1 }
    for (const scope of SCOPES.slice(1))
      yield { kind: 'relationship', type: 'dependsOn', from: `${scope}-1`, to: 'north-1', evidence: 'socket' }
  }
  return { read, shows }
}

interface Said {
  run: { state: string; resumedBy: object | null; resumedAt: string | null; allowedActions: string[] } | null
  userErrors: { message: string; code: string; rule: string | null }[]
}
const resume = async (estate: Sources, runId: string, more: object = {}) => {
  const text = `mutation($input: MoveInput!) { said: discoveryRunResume(input: $input) {
    run { state resumedAt allowedActions } userErrors { message code rule } } }`
  return (await estate.query<{ said: Said }>(text, { input: { id: toNodeId('run', runId), ...more } })).said
}
const runOf = async (estate: Sources, runId: string) => {
  const text = `query($id: ID!) { discoveryRun(id: $id) { state failure step seen created allowedActions scopes(first: 9) { nodes { name state } } } }`
  type Shown = { state: string; failure: string | null; allowedActions: string[]; scopes: { nodes: object[] } }
  return (await estate.query<{ discoveryRun: Shown }>(text, { id: toNodeId('run', runId) })).discoveryRun
}
const cancel = (estate: Sources, runId: string) =>
  estate.change((em) => cancelDiscovery(em, { id: toNodeId('run', runId) }, viewer))

/** A run of this source that was cancelled while its second scope was read. */
async function aCancelled(estate: Sources, product: { id: string; uuid: string }) {
  const runId = await estate.start(product)
  const source = inScopes('south', async ({ signal }) => {
    await cancel(estate, runId)
    await once(signal, 'abort')
  })
  estate.shows(product, source.shows)
  await estate.run(runId)
  return { runId, read: source.read }
}

describe('a run that was interrupted', () => {
  test('by a person or by a fault goes on where it was, and ends like one that never was', async () => {
    const whole = inScopes()
    const quiet = await calm.source()
    calm.shows(quiet, whole.shows)
    expect(await calm.load(quiet)).toMatchObject({ state: 'SUCCEEDED', created: 6, warnings: 4 })
    const [graph, told] = [await seenBy(calm), await toldTo(calm)]

    const product = await cut.source()
    const { runId, read } = await aCancelled(cut, product)
    expect(read).toEqual(['north', 'south'])
    expect((await seenBy(cut)).items).toEqual([])
    expect(await runOf(cut, runId)).toMatchObject({
      state: 'CANCELLED',
      allowedActions: ['resume'],
      scopes: {
        nodes: [
          { name: 'north', state: 'FINISHED' },
          { name: 'south', state: 'STOPPED' },
        ],
      },
    })

    // The second time the source breaks off.
    const broken = inScopes('east', () => Promise.reject(new Error('the line broke')))
    cut.shows(product, broken.shows)
    expect(await resume(cut, runId, { reason: 'by mistake' })).toMatchObject({
      run: { state: 'QUEUED', resumedAt: expect.anything(), allowedActions: ['cancel'] },
      userErrors: [],
    })
    expect(cut.jobs.at(-1)).toEqual({ queue: DISCOVERY_QUEUE, data: { runId } })
    await cut.run(runId)
    expect(broken.read).toEqual(['south', 'east'])
    expect(await runOf(cut, runId)).toMatchObject({
      state: 'FAILED',
      failure: expect.stringContaining('the line broke'),
      allowedActions: ['resume'],
    })

    const last = inScopes()
    cut.shows(product, last.shows)
    expect(await resume(cut, runId)).toMatchObject({ run: { state: 'QUEUED' } })
    await cut.run(runId)
    expect(last.read).toEqual(['east'])
    expect(await runOf(cut, runId)).toMatchObject({ state: 'SUCCEEDED', failure: null, allowedActions: [] })
    expect(await seenBy(cut)).toEqual(graph)
    expect(await toldTo(cut)).toEqual(told)
    expect(await cut.sql('select to_regclass(?)::text as "table"', [stagingOf(runId).items])).toEqual([{ table: null }])
    const moves = await cut.sql<{ action: string }>('select action from history where subject = ? order by at, uuid', [
      runId,
    ])
    expect(moves.map(({ action }) => action)).toEqual([
      'create',
      'begin',
      'cancel',
      'resume',
      'begin',
      'fail',
      'resume',
      'begin',
      'finish',
    ])
  })

  test('tells of what it had read as it was seen then, not as of its end', async () => {
    const product = await refusing.source()
    const { runId } = await aCancelled(refusing, product)
    await refusing.sql(
      `update discovery_scope set finished_at = now() - interval '2 hours' where run_id = ? and name = 'north'`,
      [runId],
    )
    refusing.shows(product, inScopes().shows)
    await resume(refusing, runId)
    await refusing.run(runId)
    const seen = await refusing.sql<{ name: string; hours: number }>(
      `select name, round(extract(epoch from now() - last_at) / 3600)::int as hours from observation
       where product_id = ? and class_name = 'ComputerSystem' order by name`,
      [product.uuid],
    )
    expect(seen).toEqual([
      { name: 'east-1', hours: 0 },
      { name: 'north-1', hours: 2 },
      { name: 'south-1', hours: 0 },
    ])
  })

  test('reads a scope again that could not be read, though the run went on after it', async () => {
    const product = await refusing.source()
    const runId = await refusing.start(product)
    const read: string[] = []
    const shows = (isAway: boolean) =>
      async function* ({ finished }: ReadOrder): AsyncGenerator<Sighting> {
        for (const host of ['h1', 'h2', 'h3']) {
          if (finished.has(host)) continue
          read.push(host)
          yield { kind: 'scope', name: host }
          if (isAway && host === 'h1')
            yield { kind: 'problem', severity: 'warning', rule: 'unreachable', message: 'h1 is away.', unread: true }
          else yield machine({ key: host, name: host })
          if (isAway && host === 'h3') throw new Error('everything is away')
        }
      }
    refusing.shows(product, shows(true))
    await refusing.run(runId)
    refusing.shows(product, shows(false))
    await resume(refusing, runId)
    await refusing.run(runId)
    expect(read).toEqual(['h1', 'h2', 'h3', 'h1', 'h3'])
    expect(await runOf(refusing, runId)).toMatchObject({ state: 'SUCCEEDED', created: 3 })
  })
})

describe('it is refused to resume', () => {
  const refused = async (runId: string) => {
    const { run, userErrors } = await resume(refusing, runId)
    expect(run).toBeNull()
    return userErrors[0]!
  }

  test('a run that ended well, and one that is under way', async () => {
    const product = await refusing.source()
    const runId = await refusing.start(product)
    expect(await refused(runId)).toMatchObject({
      code: 'ILLEGAL_TRANSITION',
      message: expect.stringContaining('is QUEUED'),
    })
    await refusing.run(runId)
    expect(await refused(runId)).toMatchObject({
      code: 'ILLEGAL_TRANSITION',
      message: expect.stringContaining('is SUCCEEDED'),
    })
  })

  test('a run after which the product was looked at again; what it read is dropped', async () => {
    const product = await refusing.source()
    const { runId } = await aCancelled(refusing, product)
    refusing.shows(product, [])
    await refusing.load(product)
    expect(await runOf(refusing, runId)).toMatchObject({ allowedActions: [] })
    expect((await refused(runId)).message).toMatch(
      /^RUN-\d+ looked at other \d+ after RUN-\d+, so what RUN-\d+ read is out of date\. Discover again\.$/,
    )
    expect(await refusing.sql('select to_regclass(?)::text as "table"', [stagingOf(runId).items])).toEqual([
      { table: null },
    ])
  })

  test('a run that ended more than a week ago', async () => {
    const product = await refusing.source()
    const { runId } = await aCancelled(refusing, product)
    await refusing.sql(`update discovery_run set finished_at = now() - interval '8 days' where uuid = ?`, [runId])
    expect(await refused(runId)).toMatchObject({ rule: 'resume within days' })
    await sweepStaging(refusing.orm.em.fork())
    expect(await refusing.sql('select to_regclass(?)::text as "table"', [stagingOf(runId).items])).toEqual([
      { table: null },
    ])
  })

  test('a run that a worker is still about to leave', async () => {
    const product = await refusing.source()
    const { runId } = await aCancelled(refusing, product)
    await refusing.sql('update discovery_run set busy = true where uuid = ?', [runId])
    expect(await runOf(refusing, runId)).toMatchObject({ allowedActions: [] })
    expect((await refused(runId)).message).toMatch(/^RUN-\d+ is still being stopped\. Resume it in a moment\.$/)
    // The job of a worker that was killed comes once more, and leaves it.
    await refusing.run(runId)
    expect(await runOf(refusing, runId)).toMatchObject({ state: 'CANCELLED', allowedActions: ['resume'] })
  })

  test('by other settings or other rules than those by which it read, and after what it read is lost', async () => {
    const product = await refusing.source()
    const { runId } = await aCancelled(refusing, product)
    await refusing.sql(`update management_product set config = '{"folder": "/elsewhere"}' where uuid = ?`, [
      product.uuid,
    ])
    expect((await refused(runId)).message).toMatch(
      /^The settings of other \d+ changed since RUN-\d+ read by them\. Discover again\.$/,
    )
    await refusing.sql(`update management_product set config = '{}' where uuid = ?`, [product.uuid])
    const { items, scopes } = stagingOf(runId)
    const [{ comment }] = (await refusing.sql<{ comment: string }>('select obj_description(?::regclass) as comment', [
      items,
    ])) as [{ comment: string }]
    await refusing.sql(`comment on table ${items} is '1000000'`)
    expect((await refused(runId)).message).toBe('The rules of identity changed since it was read. Discover again.')
    await refusing.sql(`comment on table ${items} is '${comment}'`)
    // As a crash of the database does.
    await refusing.sql(`truncate ${items}, ${scopes}`)
    expect((await refused(runId)).message).toMatch(/^What RUN-\d+ read is not here any more\. Discover again\.$/)
  })

  test('what somebody else saw otherwise meanwhile', async () => {
    const product = await refusing.source()
    const { runId } = await aCancelled(refusing, product)
    expect(await resume(refusing, runId, { expectedVersion: 1 })).toMatchObject({
      run: null,
      userErrors: [{ code: 'VERSION_CONFLICT' }],
    })
  })
})
