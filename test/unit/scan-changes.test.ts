import { expect, test } from 'vitest'
import { changesOf, type KnownVersion, type Seen } from '../../server/library/scan-changes.ts'

const D1 = `sha256:${'1'.repeat(64)}`
const D2 = `sha256:${'2'.repeat(64)}`

const known = (facts: Partial<KnownVersion> = {}): KnownVersion => ({
  uuid: 'v1',
  name: 'shop',
  number: '1.0.0',
  platform: 'any',
  arch: 'any',
  digest: D1,
  file: 'shop-1.0.0.tar.gz',
  state: 'AVAILABLE',
  withdrawnByHand: false,
  held: true,
  ...facts,
})

const file = 'shop-1.0.0.tar.gz'
const named = { name: 'shop', number: '1.0.0' }
const facts = { ...named, platform: 'any', arch: 'any', manifest: {} }
const held = (digest = D1, other: object = {}): Seen => ({
  outcome: 'held',
  file,
  digest,
  size: 1,
  facts,
  publishedAt: null,
  ...other,
})
const mismatch = (other: object = {}): Seen => ({
  outcome: 'mismatch',
  file,
  digest: D1,
  actual: D2,
  size: 1,
  named,
  ...other,
})

test('a version that nobody knew is added', () => {
  expect(changesOf([], [held()]).add).toMatchObject([{ file, digest: D1, alert: null, facts: { number: '1.0.0' } }])
})

test('seeing the same again changes nothing', () => {
  const changes = changesOf([known()], [held()])
  expect(changes).toMatchObject({ add: [], alarm: [], restore: [], vanish: [], alerts: [], present: ['v1'] })
})

test('other bytes under a known name and version are an alert that names file and digests, never an update', () => {
  const changes = changesOf([known()], [held(D2)])
  expect(changes).toMatchObject({ add: [], restore: [], vanish: [] })
  expect(changes.alarm).toHaveLength(1)
  for (const fact of [file, D1, D2]) expect(changes.alarm[0]!.alert).toContain(fact)
})

test('bytes that do not match the list are an alert, for a known version and for a new one', () => {
  expect(changesOf([known()], [mismatch()]).alarm[0]!.alert).toContain(`expected ${D1}, actual ${D2}`)
  const { add } = changesOf([], [mismatch()])
  expect(add).toMatchObject([{ facts: { number: '1.0.0' }, digest: D1 }])
  expect(add[0]!.alert).toContain(file)
})

test('a damaged file is booked on the version whose file it was, not on the one that it claims to be', () => {
  const versions = [known(), known({ uuid: 'v2', number: '2.0.0', file: 'odd-name.tar.gz', digest: D2 })]
  const changes = changesOf(versions, [held(), mismatch({ file: 'odd-name.tar.gz' })])
  expect(changes.alarm.map(({ uuid }) => uuid)).toEqual(['v2'])
})

test('what is gone is withdrawn, what comes back is available again', () => {
  expect(changesOf([known()], []).vanish).toEqual(['v1'])
  expect(changesOf([known({ state: 'WITHDRAWN' })], [held()]).restore).toMatchObject([{ uuid: 'v1' }])
  expect(changesOf([known({ state: 'WITHDRAWN' })], []).vanish).toEqual([])
})

test('a listed file that is not there counts as gone, and is said', () => {
  const changes = changesOf([known()], [{ outcome: 'missing', file, digest: D1 }])
  expect(changes.vanish).toEqual(['v1'])
  expect(changes.alerts).toEqual([`${file} is listed, but it is not there.`])
})

test('what a person withdrew stays so, whatever a scan sees', () => {
  const byHand = known({ state: 'WITHDRAWN', withdrawnByHand: true })
  for (const seen of [held(), held(D2), mismatch()]) {
    expect(changesOf([byHand], [seen])).toMatchObject({ restore: [], alarm: [], add: [] })
  }
})

test('an alert ends when the bytes are right again', () => {
  expect(changesOf([known({ state: 'ALERT', held: false })], [held()]).restore).toMatchObject([{ uuid: 'v1' }])
})

test('a file that cannot be opened leaves its version as it is', () => {
  const changes = changesOf([known()], [{ outcome: 'unread', file, digest: D1, why: 'it cannot be read (EACCES)' }])
  expect(changes).toMatchObject({ alarm: [], vanish: [], present: ['v1'] })
  expect(changes.alerts[0]).toContain('EACCES')
})

test('a known file that is no package any more is an alert', () => {
  const changes = changesOf([known()], [{ outcome: 'unusable', file, digest: D2, why: 'it holds no waybill.json' }])
  expect(changes.alarm[0]!.alert).toContain('holds no waybill.json')
})

test('two files that claim one version with different bytes make it an alert, in either order', () => {
  const twins = [held(), held(D2, { file: 'copy.tar.gz' })]
  for (const seen of [twins, twins.toReversed()]) {
    const changes = changesOf([], seen)
    expect(changes.add).toHaveLength(1)
    expect(changes.add[0]!.alert).toContain('copy.tar.gz')
    expect(changesOf([known()], seen).alarm.map(({ uuid }) => uuid)).toEqual(['v1'])
  }
})

test('the same bytes under two names are one version', () => {
  expect(changesOf([], [held(), held(D1, { file: 'copy.tar.gz' })])).toMatchObject({ add: [{ file }], alerts: [] })
})

test('one version for two processors is two rows', () => {
  const arm = held(D2, { file: 'shop-arm.tar.gz', facts: { ...facts, arch: 'arm64' } })
  expect(changesOf([], [held(), arm]).add).toHaveLength(2)
})
