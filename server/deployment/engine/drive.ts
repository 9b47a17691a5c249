import type { EntityManager, MikroORM } from '@mikro-orm/postgresql'
import { record } from '../../kernel/events.ts'
import type { Jobs } from '../../kernel/jobs.ts'
import type { Logger } from '../../kernel/log.ts'
import type { Metrics } from '../../kernel/metrics.ts'
import { move } from '../../kernel/move.ts'
import { row, rows } from '../../kernel/sql.ts'
import type { Deployment } from '../deployment.entity.ts'
import type { BeginGate } from '../deployment.gate.ts'
import { deploymentLifecycle, type DeploymentState } from '../deployment.lifecycle.ts'
import { lockDeployment } from '../load.ts'
import { adopt, claim, intend, overdue, repeat } from './claim.ts'
import { cancelWaiting, concludeIfSettled } from './conclude.ts'
import { Deliveries } from './deliveries.ts'
import type { Cargo, HeldAttempt } from './orders.ts'
import { persistently } from './persistently.ts'
import { recordProgress, type ProgressRow } from './progress.ts'
import { flush, Reports } from './reports.ts'
import type { EnginePatience } from './settings.ts'
import { settle, type Settlement } from './settle.ts'
import { wakeConfirmation } from './wake.ts'

export interface DriveParts {
  orm: MikroORM
  jobs: Jobs
  log: Logger
  patience: EnginePatience
  beginGates: readonly BeginGate[]
  metrics: Pick<Metrics, 'targetOutcomes'>
  /** Id of this process's row. */
  me: string
}

interface Seen {
  uuid: string
  version: number
  state: DeploymentState
  scopeIds: string[]
  steps: string[]
  limit: number
}

interface Turn {
  /** Nothing is left to do here; the deployment has no driver any more. */
  done: boolean
  state: DeploymentState
  /** Targets whose attempt was written as ended. */
  settled: ProgressRow[]
  claimed: HeldAttempt[]
  adopted: HeldAttempt[]
  late: string[]
}

const CONFIRM_EVERY = 200 // ms between two jobs for the confirmation of one deployment
const TELL_EVERY = 500 // ms
const GATHER = 2 // ms, so that ends that come together are written together

/**
 * Drives one deployment in this process. Each turn is one transaction with the deployment's row locked: it writes what
 * modules said, settles what ended, takes over what was lost, claims what may begin, and ends the deployment when nothing
 * is left. Everything that a turn decides is in rows before anything is done at a target.
 */
export class Drive {
  private readonly deliveries: Deliveries
  private readonly reports: Reports
  private ended: Settlement[] = []
  private wakeUp: () => void = () => {}
  private woken = false
  private stopping = false
  private confirmAsked = 0
  private lastTurn = 0
  private lastTold = 0
  /** When it last looked for attempts that nobody holds, and for those that are late. */
  private lastLook = 0

  constructor(
    private readonly parts: DriveParts,
    private readonly cargo: Cargo,
  ) {
    this.reports = new Reports(() => this.wakeUp())
    this.deliveries = new Deliveries(
      cargo,
      this.reports,
      parts.patience,
      (settlement) => {
        if (settlement) this.ended.push(settlement)
        this.wakeUp()
      },
      (attempt) => this.write((em) => repeat(em, parts.me, attempt.uuid, cargo.seconds)),
    )
  }

  /** Something about the deployment has changed: look at once. */
  wake(): void {
    this.woken = true
    this.wakeUp()
  }

  /** Claims nothing more; after a while what is in flight is told to stop. */
  async stop(): Promise<void> {
    this.stopping = true
    this.wake()
    await this.deliveries.quiet(this.parts.patience.stop)
    this.deliveries.abort('stop')
    await this.deliveries.quiet(this.parts.patience.obey + 1_000)
  }

  /** This process is taken for dead: what it does is not its own any more. */
  drop(): void {
    this.stopping = true
    this.deliveries.drop()
    this.wake()
  }

  /** Goes on until the deployment needs no driver, or this process is not its driver any more. */
  async run(): Promise<void> {
    try {
      for (;;) {
        const turn = await this.turn()
        if (!turn) return this.deliveries.drop()
        this.act(turn)
        if (turn.done) return
        if (this.stopping && this.deliveries.size === 0 && this.ended.length === 0) return
        await this.rest()
      }
    } catch (error) {
      this.deliveries.drop()
      await this.deliveries.quiet(this.parts.patience.obey)
      throw error
    }
  }

  private async turn(): Promise<Turn | null> {
    this.woken = false
    this.lastTurn = Date.now()
    const ended = this.ended
    const said = this.reports.take()
    this.ended = []
    try {
      const turn = await this.write((em) => this.transact(em, ended, said))
      for (const { attemptId } of ended) this.deliveries.release(attemptId)
      for (const { state } of turn?.settled ?? []) this.parts.metrics.targetOutcomes.inc({ outcome: state })
      return turn
    } catch (error) {
      this.ended = [...ended, ...this.ended]
      this.reports.putBack(said)
      throw error
    }
  }

  private async transact(em: EntityManager, ended: Settlement[], said: ReturnType<Reports['take']>) {
    const { me } = this.parts
    const seen = await this.lock(em)
    if (!seen) return null
    const changed: ProgressRow[] = await flush(em, me, seen, said)
    const settled = await settle(em, me, ended)
    changed.push(...settled)
    const known = this.deliveries.ids
    const looks = Date.now() - this.lastLook >= this.parts.patience.idle
    const adopted = looks && !this.stopping ? await adopt(em, me, seen.uuid, known) : []
    const late = looks && known.length > 0 ? await overdue(em, me, seen.uuid) : []
    if (looks) this.lastLook = Date.now()
    const busy = known.length - ended.length + adopted.length
    const { claimed, done } = await this.goOn(em, seen, busy, changed)
    await recordProgress(em, seen, newest(changed))
    await this.tell(em, seen, changed)
    await this.askForConfirmation(em, changed, done)
    return { done, state: seen.state, settled, claimed, adopted, late }
  }

  /** Pages that show only counts follow `deployment.changed`: now and then is enough for them. */
  private async tell(em: EntityManager, seen: Seen, changed: ProgressRow[]): Promise<void> {
    if (changed.length === 0 || Date.now() - this.lastTold < TELL_EVERY) return
    this.lastTold = Date.now()
    const { uuid: subject, version, scopeIds } = seen
    await record(em, { topic: 'deployment.changed', subject, version, scopeIds })
  }

  /** The deployment's row, locked; null if another process drives it. */
  private async lock(em: EntityManager): Promise<Seen | null> {
    const found = await row<Seen & { queued: boolean }>(
      em,
      `select uuid, version, state, scope_ids as "scopeIds", steps, max_in_flight as limit
       from deployment where uuid = $1 and driver_id = $2 for no key update`,
      [this.cargo.deploymentId, this.parts.me],
    )
    if (found?.state !== 'QUEUED') return found
    const deployment = (await lockDeployment(em, found.uuid))!
    if (await this.mayBegin(em, deployment)) await move(em, deployment, deploymentLifecycle, 'begin', { by: null })
    return { ...found, state: deployment.state, version: deployment.version }
  }

  private async mayBegin(em: EntityManager, deployment: Deployment): Promise<boolean> {
    for (const gate of this.parts.beginGates) if (!(await gate.mayBegin(em, deployment))) return false
    return true
  }

  /** Claims what may begin; without anything to do, ends the deployment as far as it goes and lets go of it. */
  private async goOn(em: EntityManager, seen: Seen, busy: number, changed: ProgressRow[]) {
    const free = seen.state === 'RUNNING' && !this.stopping ? seen.limit - busy : 0
    const claimed: HeldAttempt[] = []
    for (const from of ['PENDING', 'DEFERRED'] as const) {
      const found = await claim(em, this.parts.me, seen.uuid, free - claimed.length, from)
      claimed.push(...found.claimed)
      changed.push(...found.changed)
    }
    let done = false
    if (busy + claimed.length === 0) {
      if (seen.state === 'CANCELLING') changed.push(...(await cancelWaiting(em, seen.uuid)))
      const deployment = (await lockDeployment(em, seen.uuid))!
      const settled = await concludeIfSettled(em, deployment, { by: null })
      done = settled || deployment.state !== 'RUNNING' || this.stopping
      if (done) await rows(em, `update deployment set driver_id = null where uuid = $1`, [seen.uuid])
    }
    return { claimed, done }
  }

  private async askForConfirmation(em: EntityManager, changed: ProgressRow[], done: boolean): Promise<void> {
    const due = Date.now() - this.confirmAsked > CONFIRM_EVERY
    if (!changed.some(({ state }) => state === 'REPORTED_OK') && !done) return
    if (!due && !done) return
    this.confirmAsked = Date.now()
    await wakeConfirmation(em, this.parts.jobs, this.cargo.deploymentId)
  }

  /** What the committed turn asks for. */
  private act(turn: Turn): void {
    for (const attempt of [...turn.claimed, ...turn.adopted]) this.deliveries.hold(attempt)
    if (turn.state === 'CANCELLING') this.deliveries.abort('cancel')
    if (turn.late.length > 0) this.deliveries.abort('timeout', turn.late)
    const fresh = [...turn.claimed, ...turn.adopted.filter(({ state }) => state === 'CLAIMED')]
    if (fresh.length > 0) void this.carry(fresh.map(({ uuid }) => uuid))
    const trouble = turn.state === 'CANCELLING' ? 'lost while cancelling' : 'lost'
    for (const { uuid, state } of turn.adopted) if (state !== 'CLAIMED') this.deliveries.verify(uuid, trouble)
  }

  /** Intent first, then the effect. */
  private async carry(attempts: string[]): Promise<void> {
    try {
      const held = await this.write((em) => intend(em, this.parts.me, attempts, this.cargo.seconds))
      for (const uuid of attempts) {
        if (held.has(uuid)) this.deliveries.begin(uuid)
        else this.deliveries.release(uuid)
      }
    } catch (error) {
      // Nothing was done at a target. The next turn finds them claimed and without a holder.
      this.parts.log.error({ err: error, deployment: this.cargo.deploymentId }, 'Attempts could not be begun.')
      for (const uuid of attempts) this.deliveries.release(uuid)
    }
    this.wakeUp()
  }

  private write<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    let tried = false
    return persistently(() => {
      // The answer to the commit before may have been lost: it may have claimed what nobody here knows of.
      if (tried) this.lastLook = 0
      tried = true
      return this.parts.orm.em.fork().transactional(work)
    })
  }

  /** Until something ended or was asked for; reports wait for the next flush. */
  private async rest(): Promise<void> {
    const { flush: flushEvery, idle } = this.parts.patience
    const urgent = () => this.woken || this.ended.length > 0
    const begun = Date.now()
    while (!urgent()) {
      const now = Date.now()
      const due = Math.min(begun + idle, this.reports.waiting ? this.lastTurn + flushEvery : Infinity)
      if (now >= due) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, due - now)
        this.wakeUp = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.wakeUp = () => {}
    }
    if (this.deliveries.size > this.ended.length) await new Promise((resolve) => setTimeout(resolve, GATHER))
  }
}

/** The last value of each place. */
function newest(changed: ProgressRow[]): ProgressRow[] {
  return [...new Map(changed.map((one) => [one.idx, one])).values()]
}
