/**
 * What an attempt leaves at its host, so that anyone who comes after a crash can see how far it came:
 * `state/attempts/<attemptId>.json` (the marker), `state/fence.json` (the newest attempt the host has admitted) and
 * `state/effects.log` (one line per real change). All of it is read and written under the host's lock.
 */
import { appendFile, link, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Refused } from '../integration.ts'
import type { AttemptEvidence, AttemptOrder, EffectState, Receipt } from '../integration.ts'
import { codeOf, readJson, writeJson } from './files.ts'
import { currentRelease, readFacts } from './host.ts'
import type { Host, HostFacts } from './host.ts'
import { isAlive } from './process.ts'

/** admitted → switching → switched → restarting → restarted. Only the last four can have changed anything. */
export type Stage = 'admitted' | 'switching' | 'switched' | 'restarting' | 'restarted'

export interface Marker {
  attemptId: string
  deploymentId: string
  idempotencyKey: string
  fence: string
  package: { name: string; version: string; digest: string }
  admittedAt: string
  stage: Stage
  /** Whether this attempt switched the release or started the service. */
  changed: boolean
  /** The version that ran before the switch. */
  from?: string
  /** Name of the release's folder, from the switch on. */
  release?: string
  receipt?: Receipt
}

/** Lets an attempt in, or refuses it if a newer one was here. Gives its marker, new or as an earlier call left it. */
export async function admit(host: Host, order: AttemptOrder): Promise<Marker> {
  await checkFence(host, order)
  const marker = await readMarker(host, order.attemptId)
  if (marker) {
    if (marker.package.digest !== order.package.digest) {
      throw new Refused(`Attempt ${order.attemptId} was at ${host.key} before, with another package.`)
    }
    return marker
  }
  const { name, version, digest } = order.package
  const created: Marker = {
    attemptId: order.attemptId,
    deploymentId: order.deploymentId,
    idempotencyKey: order.idempotencyKey,
    fence: String(order.fence),
    package: { name, version, digest },
    admittedAt: new Date().toISOString(),
    stage: 'admitted',
    changed: false,
  }
  await createMarker(host, created)
  await writeJson(fenceFile(host), { fence: created.fence, attemptId: order.attemptId })
  return created
}

/** Refuses an attempt that is older than what the host has seen. */
export async function checkFence(host: Host, order: AttemptOrder): Promise<void> {
  const seen = await readFence(host)
  if (!seen) return
  const newer = seen.fence > order.fence || (seen.fence === order.fence && seen.attemptId !== order.attemptId)
  if (newer)
    throw new Refused(
      `${host.key} has seen fence ${seen.fence} and refuses the older attempt with fence ${order.fence}.`,
    )
}

export async function readFence(host: Host): Promise<{ fence: bigint; attemptId: string } | undefined> {
  const seen = await readJson<{ fence: string; attemptId: string }>(fenceFile(host))
  return seen && { fence: BigInt(seen.fence), attemptId: seen.attemptId }
}

export const readMarker = (host: Host, attemptId: string) => readJson<Marker>(markerFile(host, attemptId))
export const writeMarker = (host: Host, marker: Marker) => writeJson(markerFile(host, marker.attemptId), marker)

/** All attempts this host knows, the newest first. */
export async function readMarkers(host: Host): Promise<Marker[]> {
  const names = await readdir(host.attempts).catch(() => [])
  const markers = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readJson<Marker>(join(host.attempts, name))),
  )
  return markers.filter((marker) => marker !== undefined).sort((a, b) => (a.admittedAt > b.admittedAt ? -1 : 1))
}

/** One line per change; a second line for the same change of the same attempt is never written. */
export async function recordSwitch(host: Host, marker: Marker): Promise<void> {
  const journal = await readFile(host.effects, 'utf8').catch(() => '')
  const mine = (line: string) => line.includes('"effect":"switch"') && line.includes(`"${marker.attemptId}"`)
  if (journal.split('\n').some(mine)) return
  const { attemptId, fence, from, package: to } = marker
  const at = new Date().toISOString()
  const line = { at, effect: 'switch', attemptId, fence, from, version: to.version, digest: to.digest }
  await appendFile(host.effects, `${JSON.stringify(line)}\n`)
}

/**
 * What became of an attempt. Call it under the lock: a switch that was made by a process that died before it could say
 * so is entered into the journal here.
 */
export async function settle(host: Host, question: { attemptId: string; fence: bigint }): Promise<AttemptEvidence> {
  const fence = (await readFence(host))?.fence
  const marker = await readMarker(host, question.attemptId)
  const answer = (effect: EffectState) => ({ attemptId: question.attemptId, effect, fence, receipt: marker?.receipt })
  if (!marker) return answer('none')
  if (marker.receipt) return answer(marker.receipt.effect)
  if (marker.stage === 'admitted') return answer('none')
  if (marker.stage === 'switching') {
    const installed = await currentRelease(host)
    if (!installed || basename(installed.folder) !== marker.release)
      return answer(fence !== undefined && fence > question.fence ? 'unknown' : 'none')
    marker.stage = 'switched'
    await recordSwitch(host, marker)
    await writeMarker(host, marker)
  }
  if (marker.stage === 'restarted') return answer('made')
  return answer((await runsRelease(host, marker.release)) ? 'made' : 'begun')
}

/** Whether the host's own process was started from that release, by the host's record and not by what the service says. */
export async function runsRelease(host: Host, folder: string | undefined): Promise<boolean> {
  const facts = await readFacts(host)
  return facts !== undefined && facts.release.folder === folder && (await isRunning(host, facts))
}

/** Whether the process that wrote these facts still runs. */
export function isRunning(host: Host, facts: HostFacts): Promise<boolean> {
  const { pid, processStart } = facts
  return isAlive({ pid, processStart, mark: facts.control.kind === 'process' ? host.folder : 'light.mjs' })
}

/** Fails if the marker exists, as O_EXCL does, and is never seen half written. */
async function createMarker(host: Host, marker: Marker): Promise<void> {
  const file = markerFile(host, marker.attemptId)
  const temporary = `${file}.new`
  await writeFile(temporary, JSON.stringify(marker))
  try {
    await link(temporary, file)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new Error(`Attempt ${marker.attemptId} came to ${host.key} twice at once.`)
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

const fenceFile = (host: Host) => join(host.state, 'fence.json')

function markerFile(host: Host, attemptId: string): string {
  if (!/^[\w-]{1,100}$/.test(attemptId)) throw new Refused(`"${attemptId}" is not the id of an attempt.`)
  return join(host.attempts, `${attemptId}.json`)
}
