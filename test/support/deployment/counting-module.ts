// An integration module for tests whose targets are folders outside the database: what is done to them is counted there.
import { mkdir, readFile, readdir, rename, writeFile, appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  AttemptOrder,
  AutomaticIntegration,
  DeliveryOrder,
  EffectState,
  Evidence,
  Receipt,
} from '../../../server/integrations/integration.ts'

/** How a target behaves; written into `<folder>/<key>/behaviour.json`. */
export interface Behaviour {
  /** ms of work before and after the effect. */
  delay?: number
  fail?: string
  /** Goes on only when told to stop; 'forever': not even then. */
  hang?: 'until told' | 'forever'
  /** Says it is done and does nothing. */
  lie?: boolean
  /** When asked: nobody can tell. */
  unknown?: boolean
  unreachable?: boolean
}

export async function behave(folder: string, key: string, behaviour: Behaviour): Promise<void> {
  await mkdir(join(folder, key), { recursive: true })
  await writeFile(join(folder, key, 'behaviour.json'), JSON.stringify(behaviour))
}

/** The attempts that changed the target, in order: a line each. */
export async function effectsAt(folder: string, key: string): Promise<string[]> {
  const text = await readFile(join(folder, key, 'effects'), 'utf8').catch(() => '')
  return text.split('\n').filter(Boolean)
}

export async function allEffects(folder: string): Promise<Map<string, string[]>> {
  const keys = await readdir(folder).catch(() => [])
  return new Map(await Promise.all(keys.map(async (key) => [key, await effectsAt(folder, key)] as const)))
}

export function createCounting(): AutomaticIntegration {
  const folderOf = (product: { config: Record<string, unknown> }) => String(product.config.folder)
  const behaviour = async (folder: string): Promise<Behaviour> =>
    JSON.parse(await readFile(join(folder, 'behaviour.json'), 'utf8').catch(() => '{}')) as Behaviour
  return {
    id: 'counting',
    title: 'Folders that count',
    mode: 'automatic',
    configFields: [],
    checkConfig: () => [],
    deliver: (order) => Promise.all(order.attempts.map((attempt) => deliverOne(order, attempt))),
    inspect: async (product, questions) =>
      Promise.all(
        questions.map(async ({ target, attempt }): Promise<Evidence> => {
          const folder = join(folderOf(product), target.key)
          const { unknown, unreachable } = await behaviour(folder)
          const at = new Date().toISOString()
          const marks = await readdir(folder).catch(() => [] as string[])
          const effect: EffectState =
            !attempt || !marks.includes(`begun.${attempt.attemptId}`)
              ? 'none'
              : (await effectsAt(join(folder, '..'), target.key)).some((line) => line.startsWith(attempt.attemptId))
                ? 'made'
                : 'begun'
          const found = attempt && {
            attempt: { attemptId: attempt.attemptId, effect: unknown ? ('unknown' as const) : effect },
          }
          if (unreachable)
            return { itemId: target.itemId, reachable: false, method: 'read', at, detail: 'No answer.', ...found }
          const running = JSON.parse(await readFile(join(folder, 'version.json'), 'utf8').catch(() => 'null')) as never
          return {
            itemId: target.itemId,
            reachable: true,
            method: 'read version.json',
            at,
            detail: 'Seen.',
            running: running ?? undefined,
            healthy: true,
            ...found,
          }
        }),
      ),
  }

  async function deliverOne({ product, signal, report }: DeliveryOrder, attempt: AttemptOrder): Promise<Receipt> {
    const { attemptId } = attempt
    const folder = join(folderOf(product), attempt.target.key)
    const { delay = 0, fail, hang, lie } = await behaviour(folder)
    const receipt = (outcome: Receipt['outcome'], effect: EffectState, cause?: string): Receipt => ({
      attemptId,
      outcome,
      effect,
      ...(cause ? { cause } : {}),
      steps: [{ step: 'work', outcome, startedAt: new Date().toISOString(), duration: delay }],
    })
    await mkdir(folder, { recursive: true })
    report.progress({ attemptId, step: 'prepare', index: 1, of: 2, percent: 10 })
    report.log({ attemptId, level: 'info', line: `Begins with ${attempt.package.version}.` })
    if (hang === 'forever') await new Promise(() => {})
    if (hang) await new Promise((done) => signal.addEventListener('abort', done, { once: true }))
    if (signal.aborted) return receipt('stopped', 'none', 'Stopped as asked.')
    await sleep(delay)
    if (fail) {
      report.log({ attemptId, level: 'error', line: fail })
      return receipt('failed', 'begun', fail)
    }
    const done = (await effectsAt(join(folder, '..'), attempt.target.key)).some((line) => line.startsWith(attemptId))
    if (!done && !lie) {
      await writeFile(join(folder, `begun.${attemptId}`), '')
      await sleep(delay / 4)
      const { name, version, digest } = attempt.package
      // Whole or not at all: a kill must not leave half of it.
      await writeFile(join(folder, `version.${attemptId}`), JSON.stringify({ name, version, digest }))
      await rename(join(folder, `version.${attemptId}`), join(folder, 'version.json'))
      await appendFile(join(folder, 'effects'), `${attemptId} ${version}\n`)
    }
    report.progress({ attemptId, step: 'work', index: 2, of: 2, percent: 90 })
    await sleep(delay / 4)
    return receipt('ok', 'made')
  }
}

/** Does nothing, at once: what remains is the engine's own cost. */
export function createNothing(): AutomaticIntegration {
  return {
    id: 'nothing',
    title: 'Nothing',
    mode: 'automatic',
    configFields: [],
    checkConfig: () => [],
    deliver: async ({ attempts }) =>
      attempts.map(({ attemptId }) => ({ attemptId, outcome: 'ok', effect: 'made', steps: [] })),
  }
}
