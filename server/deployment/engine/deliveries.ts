import { setTimeout as sleep } from 'node:timers/promises'
import type { Evidence, Receipt } from '../../integrations/integration.ts'
import { byEvidence, byReceipt, LEAVE, REPEAT, type Abort, type Trouble, type Verdict } from './decide.ts'
import { orderFor, targetRef, type Cargo, type HeldAttempt } from './orders.ts'
import type { Reports } from './reports.ts'
import { LOOKS, type EnginePatience } from './settings.ts'
import type { Settlement } from './settle.ts'

interface InFlight {
  attempt: HeldAttempt
  stop: AbortController
  why: Abort | null
}

/**
 * The attempts of one deployment at which this process is working. Every one ends in exactly one settlement, or is left
 * to the next process (LEAVE). Nothing here touches the database, except `mayRepeat`.
 */
export class Deliveries {
  private readonly inFlight = new Map<string, InFlight>()
  private readonly ending = new Set<Promise<void>>()
  private dropped = false

  constructor(
    private readonly cargo: Cargo,
    private readonly reports: Reports,
    private readonly patience: EnginePatience,
    private readonly onEnd: (settlement: Settlement | null) => void,
    /** Commits VERIFYING → STARTING; false if another process has taken over. */
    private readonly mayRepeat: (attempt: HeldAttempt) => Promise<boolean>,
  ) {}

  get ids(): string[] {
    return [...this.inFlight.keys()]
  }

  get size(): number {
    return this.inFlight.size
  }

  /** The attempt is this process's; nothing is done at its target yet. */
  hold(attempt: HeldAttempt): void {
    this.inFlight.set(attempt.uuid, { attempt, stop: new AbortController(), why: null })
  }

  /** Another process has taken it, or it was settled: forget it without a word. */
  release(attemptId: string): void {
    this.inFlight.delete(attemptId)
  }

  /** The intent is committed: the module begins. */
  begin(attemptId: string): void {
    this.track(attemptId, (one) => this.deliver(one))
  }

  /** Its process was lost: the target is asked what became of it. */
  verify(attemptId: string, trouble: Trouble): void {
    const said = 'The process that carried it out was lost.'
    this.track(attemptId, (one) => this.ask(one, trouble, said))
  }

  abort(why: Abort, only?: readonly string[]): void {
    for (const [id, one] of this.inFlight) {
      if (one.why !== null || (only && !only.includes(id))) continue
      one.why = why
      one.stop.abort(new Error(why))
    }
  }

  /** This process is not in charge any more: stop everything, settle nothing. */
  drop(): void {
    this.dropped = true
    this.abort('stop')
    this.inFlight.clear()
  }

  /** Resolves when every module has let go, or after `limit` ms. */
  async quiet(limit: number): Promise<void> {
    await Promise.race([Promise.allSettled(this.ending), sleep(limit, undefined, { ref: false })])
  }

  private track(attemptId: string, work: (one: InFlight) => Promise<Verdict | typeof LEAVE>): void {
    const one = this.inFlight.get(attemptId)
    if (!one) return
    let steps: Receipt['steps'] = []
    const keep = (receipt: Receipt) => (steps = receipt.steps)
    this.onReceipt.set(attemptId, keep)
    const ending = work(one)
      .catch((error: Error): Verdict => this.broken(error))
      .then((verdict) => {
        this.onReceipt.delete(attemptId)
        this.ending.delete(ending)
        if (this.dropped || !this.inFlight.has(attemptId)) return
        const cause = verdict !== LEAVE && verdict.target === 'fail' ? this.reports.lastError(attemptId) : null
        this.reports.forget(attemptId)
        if (verdict === LEAVE) {
          this.inFlight.delete(attemptId)
          this.onEnd(null)
        } else {
          this.onEnd({ ...verdict, cause: verdict.cause ?? cause, attemptId, fence: one.attempt.fence, steps })
        }
      })
    this.ending.add(ending)
  }

  private readonly onReceipt = new Map<string, (receipt: Receipt) => void>()

  private broken(error: Error): Verdict {
    return {
      attempt: 'lose',
      target: 'lose',
      cause: `Waybill failed while it worked on it: ${error.message}`,
      touched: true,
    }
  }

  private async deliver(one: InFlight): Promise<Verdict | typeof LEAVE> {
    const { cargo } = this
    if (!cargo.module) {
      const cause = `There is no integration module "${cargo.kind}" any more.`
      return { attempt: 'fail', target: 'fail', cause, touched: false }
    }
    if (one.why) return byReceipt(neverBegun(one.attempt), one.why, cargo.seconds)
    const order = {
      product: cargo.product,
      attempts: [orderFor(cargo, one.attempt)],
      signal: one.stop.signal,
      report: this.reportFor(one),
    }
    let receipt: Receipt | undefined
    try {
      const receipts = await Promise.race([cargo.module.deliver(order), this.disobeyed(one)])
      if (receipts === null) return this.disobedient(one)
      receipt = receipts.find(({ attemptId }) => attemptId === one.attempt.uuid)
    } catch (error) {
      return this.ask(one, 'broken', (error as Error).message)
    }
    if (!receipt) return this.ask(one, 'broken', 'The module gave no receipt.')
    this.onReceipt.get(one.attempt.uuid)?.(receipt)
    return byReceipt(receipt, one.why, cargo.seconds)
  }

  /** Null when the signal was aborted and the time to obey is over. */
  private async disobeyed(one: InFlight): Promise<null> {
    const { signal } = one.stop
    if (!signal.aborted) await new Promise((done) => signal.addEventListener('abort', done, { once: true }))
    await sleep(this.patience.obey, undefined, { ref: false })
    return null
  }

  private disobedient(one: InFlight): Promise<Verdict | typeof LEAVE> | typeof LEAVE {
    if (one.why === 'stop') return LEAVE
    if (one.why === 'timeout') return this.ask(one, 'timeout ignored', `Not done within ${this.cargo.seconds} s.`)
    return this.ask(one, 'cancel ignored', 'Cancelled, but the module does not stop.')
  }

  private async ask(one: InFlight, trouble: Trouble, said: string): Promise<Verdict | typeof LEAVE> {
    const seen = await this.look(one)
    if (one.why === 'stop' && trouble.startsWith('lost')) return LEAVE
    const { version, digest } = this.cargo.package
    const verdict = byEvidence(seen, trouble, { version, digest }, said)
    if (verdict !== REPEAT) return verdict
    if (!(await this.mayRepeat(one.attempt))) {
      this.release(one.attempt.uuid)
      return LEAVE
    }
    return this.deliver(one)
  }

  /** Asks the target what became of the attempt; more than once if it cannot be reached. */
  private async look(one: InFlight): Promise<Evidence> {
    const { module, product, package: what } = this.cargo
    const unseen = (detail: string): Evidence => ({
      itemId: one.attempt.itemId,
      reachable: false,
      method: 'none',
      at: new Date().toISOString(),
      detail,
    })
    if (!module?.inspect) return unseen('The module cannot look at targets.')
    let seen = unseen('')
    for (let look = 1; look <= LOOKS; look++) {
      if (look > 1) await sleep(this.patience.lookAgain, undefined, { ref: false })
      const question = {
        target: targetRef(one.attempt),
        packageName: what.name,
        attempt: { attemptId: one.attempt.uuid, fence: BigInt(one.attempt.fence) },
      }
      const limit = AbortSignal.timeout(30_000) // 30 s
      const answers = await module
        .inspect(product, [question], limit)
        .catch((error: Error) => [unseen(`It could not be looked at: ${error.message}.`)])
      seen = answers[0] ?? unseen('The module gave no answer.')
      if (seen.reachable) break
    }
    return seen
  }

  private reportFor(one: InFlight) {
    const ours = (attemptId: string) => attemptId === one.attempt.uuid && this.inFlight.has(attemptId)
    return {
      progress: (progress: Parameters<Reports['progress']>[0]) => {
        if (ours(progress.attemptId)) this.reports.progress(progress)
      },
      log: (line: Parameters<Reports['log']>[0]) => {
        if (ours(line.attemptId)) this.reports.log(line)
      },
    }
  }
}

const neverBegun = ({ uuid }: HeldAttempt): Receipt => ({
  attemptId: uuid,
  outcome: 'stopped',
  effect: 'none',
  steps: [],
})
