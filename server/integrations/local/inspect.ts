/** Looking at a host: what its service says, what lies on it, and what became of an attempt. */
import type { AttemptEvidence, Evidence, InspectQuestion, ObservedSoftware } from '../integration.ts'
import { ask } from './ask.ts'
import { codeOf, readJson } from './files.ts'
import { currentRelease, manifestName, mustExist, readFacts } from './host.ts'
import type { Host, Manifest } from './host.ts'
import { withLock } from './lock.ts'
import { settle } from './marker.ts'
import { causeInLog } from './service-log.ts'
import { changedFiles } from './unpack.ts'
import { join } from 'node:path'

/** Never throws: what cannot be seen is said in the evidence. */
export async function inspectHost(host: Host, question: InspectQuestion): Promise<Evidence> {
  const base = { itemId: question.target.itemId, at: new Date().toISOString() }
  try {
    await mustExist(host)
    const attempt = question.attempt && (await whatBecame(host, question.attempt))
    const service = await askService(host)
    const found = await lookAtRelease(host)
    return {
      ...base,
      reachable: true,
      running: service.running,
      installed: found.installed,
      healthy: service.healthy,
      method: `${service.method}; compared the files of current with waybill-release.json`,
      detail: [service.detail, found.detail].filter(Boolean).join(' '),
      attempt,
    }
  } catch (error) {
    const attempt = question.attempt && ({ attemptId: question.attempt.attemptId, effect: 'unknown' } as const)
    return { ...base, reachable: false, method: 'looked for the folder', detail: (error as Error).message, attempt }
  }
}

async function whatBecame(host: Host, attempt: { attemptId: string; fence: bigint }): Promise<AttemptEvidence> {
  try {
    return await withLock(host.state, () => settle(host, attempt))
  } catch (error) {
    // Without a state folder no attempt was ever admitted.
    if (codeOf(error) === 'ENOENT') return { attemptId: attempt.attemptId, effect: 'none' }
    return { attemptId: attempt.attemptId, effect: 'unknown' }
  }
}

async function askService(host: Host) {
  const facts = await readFacts(host)
  if (!facts) return { method: 'read host.json', detail: `The service of ${host.key} is not running.` }
  const manifest = await readJson<Manifest>(join(host.current, manifestName)).catch(() => undefined)
  const [version, health] = [`http://127.0.0.1:${facts.port}/version`, manifest?.health ?? '/healthz']
  const method = `GET ${version} and ${health}`
  try {
    const [told, well] = await Promise.all([ask(facts.port, '/version'), ask(facts.port, health)])
    const healthy = well.status === 200
    const cause = healthy ? undefined : ((await causeInLog(host)) ?? String(well.body.reason ?? well.status))
    const running = observed(told.body)
    const says = running
      ? `The service says it is ${running.name} ${running.version}`
      : 'The service does not say its version'
    return { method, running, healthy, detail: `${says} and is ${healthy ? 'well' : `not well: ${cause}`}.` }
  } catch (error) {
    return { method, detail: `The service of ${host.key} does not answer: ${(error as Error).message}.` }
  }
}

async function lookAtRelease(host: Host): Promise<{ installed?: ObservedSoftware; detail: string }> {
  const release = await currentRelease(host)
  if (!release) return { detail: 'Nothing is installed.' }
  const { name, version, digest } = release.record
  const changed = await changedFiles(release.folder, release.record)
  if (changed.length === 0) return { installed: { name, version, digest }, detail: `Installed is ${name} ${version}.` }
  // What was changed by hand is no longer what the digest stands for.
  const files = changed.slice(0, 3).join(', ')
  return { installed: { name, version }, detail: `Installed is ${name} ${version}, changed since in ${files}.` }
}

function observed({ name, version, digest }: Record<string, unknown>): ObservedSoftware | undefined {
  if (typeof name !== 'string' || typeof version !== 'string') return undefined
  return { name, version, ...(typeof digest === 'string' ? { digest } : {}) }
}
