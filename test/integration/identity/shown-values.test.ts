/** The value that an item shows is the one that its sources and rules give now, whoever spoke last and whoever fell silent. */
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { recomputeAll } from '../../../server/discovery/identity/recompute.ts'
import { workSchedule } from '../../../server/discovery/policy.service.ts'
import { settleStale } from '../../../server/discovery/identity/staleness.ts'
import { observeInstalled } from '../../../server/discovery/observe-installed.ts'
import type { Jobs } from '../../../server/kernel/jobs.ts'
import { makeItems } from '../../support/estate.ts'
import { machine, software, sourcesOfTests, whole, type Sources } from '../../support/sources.ts'
import { countStatements } from '../../support/statements.ts'
import { until } from '../../support/until.ts'

const estate = sourcesOfTests()
type Source = Awaited<ReturnType<Sources['source']>>
let ssh: Source
let netbox: Source

const HOUR = 3600 // s
const RULE = `mutation($input: IdentityRuleSetInput!) { identityRuleSet(input: $input) { rule { version } userErrors { message } } }`
beforeAll(() =>
  estate.query(RULE, {
    input: { className: 'ComputerSystem', values: [{ attribute: 'platform', staleAfter: HOUR }] },
  }),
)
beforeEach(async () => {
  ;[ssh, netbox] = [await estate.source('ssh'), await estate.source('netbox')]
})

const says = (name: string, platform: string, more: object = {}) =>
  machine({ key: name, name, machineId: `id-${name}`, platform, ...more })
const shown = async (name: string) =>
  (
    await estate.sql<{ uuid: string; attributes: Record<string, unknown> }>(
      'select uuid, attributes from actual_item where name = ?',
      [name],
    )
  )[0]!
const platformOf = async (name: string) => (await shown(name)).attributes.platform
/** As if a source had been silent for so long. */
const silent = (source: Source, seconds: number) =>
  estate.sql(
    `update observation set last_at = last_at - ? * interval '1 s', stale_at = stale_at - ? * interval '1 s' where product_id = ?`,
    [seconds, seconds, source.uuid],
  )
/** Settles what went stale by the clock. */
const tick = (options?: { atOnce: number }) => settleStale(estate.orm.em, estate.catalogue, options)
interface Word {
  source: string
  value: unknown
  staleSince: string | null
  reason: string | null
}
const why = async (name: string, attribute = 'platform') => {
  const { whyValue } = await estate.query<{
    whyValue: { value: unknown; rule: string; winner: Word | null; losers: Word[] }
  }>(
    `query($id: ID!, $attribute: String!) { whyValue(id: $id, attribute: $attribute) { value rule winner { source value staleSince reason }
      losers { source value staleSince reason } } }`,
    { id: `act_${(await shown(name)).uuid.replaceAll('-', '')}`, attribute },
  )
  expect(whyValue.value).toEqual((await shown(name)).attributes[attribute] ?? null)
  return whyValue
}

test('a source that was missing and repeats what it said wins back', async () => {
  await estate.load(netbox, [says('back', 'bsd'), whole])
  await estate.load(ssh, [says('back', 'linux'), whole])
  await estate.load(ssh, [whole])
  expect(await platformOf('back')).toBe('bsd')

  expect(await estate.load(ssh, [says('back', 'linux'), whole])).toMatchObject({ created: 0, changed: 1 })
  expect(await platformOf('back')).toBe('linux')
  expect((await why('back')).winner).toMatchObject({ source: ssh.name, staleSince: null })
})

test('a source whose word had grown stale and who repeats it wins back', async () => {
  await estate.load(netbox, [says('stale', 'bsd'), whole])
  await estate.load(ssh, [says('stale', 'linux'), whole])
  await silent(ssh, 2 * HOUR)
  await estate.load(netbox, [says('stale', 'aix'), whole])
  expect(await platformOf('stale')).toBe('aix')

  expect(await estate.load(ssh, [says('stale', 'linux'), whole])).toMatchObject({ changed: 1 })
  expect(await platformOf('stale')).toBe('linux')
  expect(await tick()).toBe(0)
})

test('of two sources that are trusted alike the one that looked last counts, also when it repeats itself', async () => {
  const [one, other] = [await estate.source('other'), await estate.source('csv')]
  await estate.load(one, [says('alike', 'linux'), whole])
  await estate.load(other, [says('alike', 'bsd'), whole])
  expect(await platformOf('alike')).toBe('bsd')
  await estate.load(one, [says('alike', 'linux'), whole])
  expect(await platformOf('alike')).toBe('linux')
  await estate.load(other, [says('alike', 'bsd'), whole])
  expect((await why('alike')).rule).toContain('the latest look counts')
})

test('a discovery that repeats itself after a confirmation looked later than it', async () => {
  const seen = [says('looked', 'linux'), ...software('looked', 'shop', '1.0.0'), whole]
  await estate.load(ssh, seen)
  const host = await shown('looked')
  const [item] = await estate.change((em) => makeItems(em, 'ComputerSystem', ['looked'], { actualItemId: host.uuid }))
  const saw = { itemId: item!.uuid, name: 'shop', version: '2.0.0', digest: null, at: new Date(), deploymentId: null }
  await estate.change((em) => observeInstalled(em, [saw]))
  expect((await shown('shop on looked')).attributes.version).toBe('2.0.0')
  await estate.load(ssh, seen)
  expect((await shown('shop on looked')).attributes.version).toBe('1.0.0')
  await why('shop on looked', 'version')
})

test('a confirmation that looked before discovery did, or is trusted less by a rule, is not shown', async () => {
  const seen = (name: string, version: string) => [says(name, 'linux'), ...software(name, 'shop', version), whole]
  const confirmed = async (name: string, at: Date) => {
    const actualItemId = (await shown(name)).uuid
    const [item] = await estate.change((em) => makeItems(em, 'ComputerSystem', [name], { actualItemId }))
    const saw = { itemId: item!.uuid, name: 'shop', version: '2.0.0', digest: null, at, deploymentId: null }
    await estate.change((em) => observeInstalled(em, [saw]))
    expect((await why(`shop on ${name}`, 'version')).value).toBe('1.0.0')
    expect(await tick()).toBe(0)
  }
  await estate.load(ssh, seen('early', '1.0.0'))
  await confirmed('early', new Date(Date.now() - HOUR * 1000))
  const values = [{ attribute: 'version', sources: ['ssh', 'confirmation'] }]
  await estate.query(RULE, { input: { className: 'SoftwareInstallation', values } })
  await estate.load(netbox, seen('ranked', '0.9.0'))
  await estate.load(ssh, seen('ranked', '1.0.0'))
  await confirmed('ranked', new Date(Date.now() + 1000))
  await estate.query(RULE, { input: { className: 'SoftwareInstallation', values: [] } })
})

test('a new source that says what is shown lets a confirmation win where it looked before it and is trusted most', async () => {
  const seen = (at?: string) => [
    says('late', 'linux'),
    ...software('late', 'shop', '1.0.0').map((one) => (one.kind === 'item' && at ? { ...one, at } : one)),
    whole,
  ]
  const [trusted, hours] = [await estate.source('csv'), (count: number) => new Date(Date.now() - count * HOUR * 1000)]
  const values = [{ attribute: 'version', sources: ['csv', 'netbox'] }]
  await estate.query(RULE, { input: { className: 'SoftwareInstallation', values } })
  await estate.load(netbox, seen())
  const actualItemId = (await shown('late')).uuid
  const [item] = await estate.change((em) => makeItems(em, 'ComputerSystem', ['late'], { actualItemId }))
  const saw = { itemId: item!.uuid, name: 'shop', version: '2.0.0', digest: null, at: hours(1), deploymentId: null }
  await estate.change((em) => observeInstalled(em, [saw]))
  expect((await why('shop on late', 'version')).value).toBe('1.0.0')
  await estate.load(trusted, seen(hours(2).toISOString()))
  expect((await why('shop on late', 'version')).value).toBe('2.0.0')
  await estate.query(RULE, { input: { className: 'SoftwareInstallation', values: [] } })
})

test('what only repeats itself, and cannot let another value win, changes nothing', async () => {
  const many = Array.from({ length: 40 }, (_, index) => says(`quiet-${index}`, 'linux'))
  await estate.load(netbox, [...many, whole])
  await estate.load(ssh, [...many.map((one) => ({ ...one, name: `Q${(one as { name: string }).name}` })), whole])
  const versions = () => estate.sql(`select uuid, version from actual_item where name like 'Qquiet%' order by 1`)
  const before = await versions()
  expect(await estate.load(netbox, [...many, whole])).toMatchObject({ changed: 0, unchanged: 40 })
  expect(await versions()).toEqual(before)
})

test('a word gives way when it grows stale although nobody speaks, and the history says whose and why', async () => {
  await estate.load(netbox, [says('clock', 'bsd'), whole])
  await estate.load(ssh, [says('clock', 'linux'), whole])
  await silent(ssh, 2 * HOUR)
  expect(await why('clock')).toMatchObject({ winner: { source: ssh.name, staleSince: null } })
  const { uuid } = await shown('clock')

  expect(await tick()).toBe(1)
  expect(await platformOf('clock')).toBe('bsd')
  const [version] = await estate.sql(
    `select g.cause, g.actor, g.reason from actual_item_version v join graph_change g on g.uuid = v.change_id where v.uuid = ? and v.valid_to is null`,
    [uuid],
  )
  expect(version).toEqual({
    cause: 'SYSTEM',
    actor: null,
    reason: `What ${ssh.name} said last is older than ${HOUR} s, so a fresh value of another source goes before it.`,
  })
  const told = () =>
    estate.sql<{ payload: object }>(
      `select payload from event where topic = 'actualItem.changed' and subject = ? order by seq`,
      [ssh.uuid],
    )
  expect((await until(told, ({ length }) => length >= 2)).at(-1)).toMatchObject({ payload: { count: 1 } })
  expect(await tick()).toBe(0)
})

test('why a value is shown says the same as what is shown, and since when a word is stale', async () => {
  await estate.load(netbox, [says('told', 'bsd'), whole])
  await estate.load(ssh, [says('told', 'linux'), whole])
  await silent(ssh, 2 * HOUR)
  // Nobody has settled it yet: the value that is shown is explained, not one that will be.
  expect((await why('told')).losers).toMatchObject([{ source: netbox.name, staleSince: null }])
  await tick()
  const [at] = await estate.sql<{ at: Date }>(
    'select last_at as at from observation where current and product_id = ?',
    [ssh.uuid],
  )
  const since = new Date(Math.round(new Date(at!.at).getTime()) + HOUR * 1000).toISOString()
  const { rule, losers } = await why('told')
  expect(rule).toContain(`older than ${HOUR} s`)
  expect(losers).toEqual([
    {
      source: ssh.name,
      value: 'linux',
      staleSince: since,
      reason: `It is older than ${HOUR} s, so it is stale since ${since}.`,
    },
  ])
})

test('a tick takes so many at once, the next one goes on, and its statements do not grow with them', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `many-${index}`)
  for (const [source, platform] of [
    [netbox, 'bsd'],
    [ssh, 'linux'],
  ] as const)
    await estate.load(source, [...names.map((name) => says(name, platform)), whole])
  await silent(ssh, 2 * HOUR)
  const platforms = () => Promise.all(names.map(platformOf))
  const few = await countStatements(() => tick({ atOnce: 3 }))
  expect((await platforms()).filter((one) => one === 'bsd')).toHaveLength(3)
  expect(await countStatements(tick)).toHaveLength(few.length)
  expect(await platforms()).toEqual(names.map(() => 'bsd'))
})

test('the schedule of discovery is the clock by which words grow stale', async () => {
  await estate.load(netbox, [says('timed', 'bsd'), whole])
  await estate.load(ssh, [says('timed', 'linux'), whole])
  await silent(ssh, 2 * HOUR)
  const work: (() => Promise<void>)[] = []
  const jobs = {
    work: (_queue: string, _options: object, handle: () => Promise<void>) => void work.push(handle),
    enqueue: async () => undefined,
  } as unknown as Jobs
  workSchedule(jobs, estate.orm.em, { ...estate.services, jobs })
  await work[0]!()
  expect(await platformOf('timed')).toBe('bsd')
})

test('a rule that lets values grow stale sooner or later counts what is known by it', async () => {
  await estate.load(netbox, [says('ruled', 'bsd', { role: 'cache' }), whole])
  await estate.load(ssh, [says('ruled', 'linux', { role: 'web' }), whole])
  await silent(ssh, 120)
  const roleOf = async () => (await shown('ruled')).attributes.role
  expect(await roleOf()).toBe('web')
  const ruled = async (staleAfter: number) => {
    const values = [
      { attribute: 'platform', staleAfter: HOUR },
      { attribute: 'role', staleAfter },
    ]
    await estate.query(RULE, { input: { className: 'ComputerSystem', values } })
    await recomputeAll(estate.orm.em, estate.catalogue)
    return why('ruled', 'role')
  }
  expect((await ruled(60)).value).toBe('cache')
  expect((await ruled(600)).value).toBe('web')
  expect(await platformOf('ruled')).toBe('linux')
})
