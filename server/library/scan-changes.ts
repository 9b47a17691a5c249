/** What a scan means for the package versions that are known. Pure: the tables of cases are in its unit test. */
import type { PackageFacts } from './repository-driver.ts'
import type { PackageVersionState } from './package-version.lifecycle.ts'

/** What was found out about one file that the repository lists. */
export type Seen = { file: string; digest: string } & (
  | { outcome: 'held'; size: number; facts: PackageFacts; publishedAt: Date | null }
  /** The bytes have another digest than the repository states. */
  | { outcome: 'mismatch'; actual: string; size: number; named: { name: string; number: string } | null }
  | { outcome: 'missing' }
  /** It could not be opened; nothing is known about its bytes. */
  | { outcome: 'unread'; why: string }
  /** The bytes are as stated, but no package that can be used. */
  | { outcome: 'unusable'; why: string }
)

export interface KnownVersion {
  uuid: string
  name: string
  number: string
  platform: string
  arch: string
  digest: string
  file: string
  state: PackageVersionState
  withdrawnByHand: boolean
  held: boolean
}

export interface NewVersion {
  facts: PackageFacts
  file: string
  digest: string
  size: number
  publishedAt: Date | null
  /** Null: available. */
  alert: string | null
}

export interface ScanChanges {
  add: NewVersion[]
  alarm: { uuid: string; alert: string }[]
  /** Back in the repository, or good again. */
  restore: { uuid: string; seen: Extract<Seen, { outcome: 'held' }> }[]
  vanish: string[]
  /** Those that are in the repository, changed or not. */
  present: string[]
  /** Sentences for the scan. */
  alerts: string[]
}

/** Decides. A digest that is once known under a name and version is never replaced. */
export function changesOf(known: KnownVersion[], seen: Seen[]): ScanChanges {
  const changes: ScanChanges = { add: [], alarm: [], restore: [], vanish: [], present: [], alerts: [] }
  const byIdentity = new Map(known.map((one) => [identityOf(one), one]))
  const taken = new Map<string, { file: string; digest: string }>()
  const present = new Set<string>()

  const alarm = (version: KnownVersion, alert: string) => {
    changes.alerts.push(alert)
    present.add(version.uuid)
    const known = changes.alarm.find(({ uuid }) => uuid === version.uuid)
    if (!known && !version.withdrawnByHand) changes.alarm.push({ uuid: version.uuid, alert })
  }

  const held = (one: Extract<Seen, { outcome: 'held' }>) => {
    const identity = identityOf(one.facts)
    const [version, other] = [byIdentity.get(identity), taken.get(identity)]
    if (other && other.digest === one.digest) return
    if (other) return twice(one, other, version)
    taken.set(identity, one)
    if (!version) changes.add.push({ ...one, alert: null })
    else if (version.digest !== one.digest) alarm(version, otherDigest(version, one))
    else {
      present.add(version.uuid)
      const gone = version.state === 'WITHDRAWN' && !version.withdrawnByHand
      if (gone || version.state === 'ALERT') changes.restore.push({ uuid: version.uuid, seen: one })
    }
  }

  const twice = (one: Extract<Seen, { outcome: 'held' }>, other: { file: string }, version?: KnownVersion) => {
    const alert = `${other.file} and ${one.file} both say that they are ${titleOf(one.facts)}, but their bytes differ.`
    const added = changes.add.find(({ facts }) => identityOf(facts) === identityOf(one.facts))
    if (added) added.alert = alert
    if (version) {
      changes.restore = changes.restore.filter(({ uuid }) => uuid !== version.uuid)
      alarm(version, alert)
    } else changes.alerts.push(alert)
  }

  const mismatch = (one: Extract<Seen, { outcome: 'mismatch' }>) => {
    const alert = `${one.file} does not have the digest that its repository states: expected ${one.digest}, actual ${one.actual}. Its bytes were not kept.`
    const version = versionOf(known, one)
    if (version) return alarm(version, alert)
    changes.alerts.push(alert)
    if (!one.named || byIdentity.has(identityOf(unknownFacts(one.named)))) return
    taken.set(identityOf(unknownFacts(one.named)), one)
    changes.add.push({ ...one, facts: unknownFacts(one.named), publishedAt: null, alert })
  }

  // Whole files first, so that a damaged one cannot take the place of a sound one.
  for (const one of seen) if (one.outcome === 'held') held(one)
  for (const one of seen) {
    if (one.outcome === 'mismatch') mismatch(one)
    else if (one.outcome === 'missing') changes.alerts.push(`${one.file} is listed, but it is not there.`)
    else if (one.outcome === 'unread' || one.outcome === 'unusable') {
      const version = versionOf(known, one)
      const sentence = `${one.file} cannot be used: ${one.why}.`
      if (version && one.outcome === 'unusable' && version.digest !== one.digest)
        alarm(version, `${otherDigest(version, one)} Besides, ${one.why}.`)
      else {
        if (version) present.add(version.uuid)
        changes.alerts.push(sentence)
      }
    }
  }
  changes.vanish = known
    .filter(({ uuid, state }) => state !== 'WITHDRAWN' && !present.has(uuid))
    .map(({ uuid }) => uuid)
  changes.present = [...present]
  return changes
}

const identityOf = (one: { name: string; number: string; platform: string; arch: string }) =>
  JSON.stringify([one.name, one.number, one.platform, one.arch])

const titleOf = (one: { name: string; number: string }) => `${one.name} ${one.number}`

const unknownFacts = (named: { name: string; number: string }): PackageFacts => ({
  ...named,
  platform: 'any',
  arch: 'any',
  manifest: {},
})

/** The version that a file without a trustworthy manifest belongs to: by its name in the repository, else by what it says. */
function versionOf(known: KnownVersion[], one: Seen): KnownVersion | undefined {
  const same = known.filter(({ file }) => file === one.file)
  const named = one.outcome === 'mismatch' ? one.named : null
  return (
    same.find(({ digest }) => digest === one.digest) ??
    same.find(({ state }) => state !== 'WITHDRAWN') ??
    same[0] ??
    (named ? known.find(({ name, number }) => name === named.name && number === named.number) : undefined)
  )
}

const otherDigest = (version: KnownVersion, one: { file: string; digest: string }) =>
  `${one.file} holds other bytes for ${titleOf(version)} than before: expected ${version.digest}, actual ${one.digest}. A version never changes; publish it under a new number.`
