/**
 * One attempt at one host: admit, copy, unpack, switch, restart, health.
 *
 * What may change the host (switch and restart) happens in one go under the host's lock, after one more look at the fence,
 * and is not interrupted: so a stop leaves either the old service running or the new one, never half of each.
 * Every part looks first whether it has been done, so that a repetition completes what is missing and repeats nothing.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Refused } from '../integration.ts'
import type { AttemptOrder, LogLine, Outcome, Receipt, Report, StepReceipt } from '../integration.ts'
import { copyPackage } from './copy.ts'
import { meetFault } from './faults.ts'
import { codeOf, readJson } from './files.ts'
import { currentRelease, manifestName, mustExist } from './host.ts'
import type { Host, Manifest } from './host.ts'
import { withLock } from './lock.ts'
import { admit, checkFence, readMarker, recordSwitch, runsRelease, settle, writeMarker } from './marker.ts'
import type { Marker } from './marker.ts'
import { logEnd } from './service-log.ts'
import { awaitHealth, restartService } from './service.ts'
import type { HealthPatience } from './service.ts'
import { percentBefore, stepNames, steps } from './steps.ts'
import type { StepName } from './steps.ts'
import { findRelease, unpackPackage } from './unpack.ts'

export interface DeliverOptions {
  health: HealthPatience
  allowDie: boolean
}

/** Never throws: what goes wrong is in the receipt. */
export async function deliverOne(
  host: Host,
  order: AttemptOrder,
  signal: AbortSignal,
  report: Report,
  options: DeliverOptions,
): Promise<Receipt> {
  const delivery = new Delivery(host, order, signal, report, options)
  try {
    return await delivery.run()
  } catch (error) {
    return await delivery.end(error)
  }
}

class Stopped extends Error {}

class Delivery {
  private readonly done: StepReceipt[] = []
  private marker?: Marker
  private pretending = false
  private logFrom = 0
  /** Name of the folder below releases/ that is to be current; known once the package is unpacked. */
  private release = ''

  constructor(
    private readonly host: Host,
    private readonly order: AttemptOrder,
    private readonly signal: AbortSignal,
    private readonly report: Report,
    private readonly options: DeliverOptions,
  ) {}

  async run(): Promise<Receipt> {
    const { host, order } = this
    let file: string | undefined
    try {
      await this.step('admit', () => this.admit())
      if (this.marker?.receipt) return this.replay(this.marker.receipt)
      const found = await findRelease(host, order.package.digest)
      const known = found !== undefined
      if (known) this.release = basename(found)
      await this.step('copy', async () => {
        if (known) return 'skipped'
        file = await copyPackage(host, order.package, order.attemptId, this.signal, (share) =>
          this.progress('copy', share),
        )
        this.log('info', `Copied ${order.package.size} bytes; the digest is ${order.package.digest}.`)
      })
      await this.step('unpack', async () => {
        if (known) return this.say('skipped', 'These bytes are already unpacked here; nothing is copied.')
        this.release = basename(await unpackPackage(host, file!, order.package))
        this.log('info', `Unpacked to releases/${this.release}.`)
      })
    } finally {
      if (file) await rm(file, { force: true })
    }
    await this.change()
    await this.step('health', () => this.awaitHealth())
    return this.end()
  }

  private async admit(): Promise<void> {
    await mustExist(this.host)
    await mkdir(this.host.attempts, { recursive: true })
    await withLock(this.host.state, async () => {
      this.marker = await admit(this.host, this.order)
      // An earlier run of this attempt may have died between a change and saying so.
      if (!this.marker.receipt && this.marker.stage === 'switching') {
        await settle(this.host, this.order)
        this.marker = (await readMarker(this.host, this.order.attemptId)) ?? this.marker
      }
    })
    if (!this.marker?.receipt) this.log('info', `${this.host.key} admits fence ${this.order.fence}.`)
  }

  private async change(): Promise<void> {
    if (this.signal.aborted) throw new Stopped()
    this.logFrom = await logEnd(this.host)
    await withLock(this.host.state, async () => {
      await checkFence(this.host, this.order)
      await this.step('switch', () => this.switch())
      await this.step('restart', () => this.restart(), { interruptible: false })
    })
  }

  private async switch(): Promise<'skipped' | void> {
    const { host, order } = this
    const before = await currentRelease(host)
    if (before && basename(before.folder) === this.release) {
      return this.say('skipped', `current already points at ${order.package.version}.`)
    }
    await this.mark({ stage: 'switching', changed: true, from: before?.record.version, release: this.release })
    const link = join(host.folder, `.current-${randomUUID()}`)
    await symlink(join('releases', this.release), link, 'dir')
    await rename(link, host.current)
    await recordSwitch(host, this.marker!)
    await this.mark({ stage: 'switched' })
    this.log('info', `Switched current from ${before?.record.version ?? 'nothing'} to ${order.package.version}.`)
  }

  private async restart(): Promise<'skipped' | void> {
    if (await runsRelease(this.host, this.release)) {
      await this.mark({ stage: 'restarted' })
      return this.say('skipped', `The service already runs ${this.order.package.version}.`)
    }
    await this.mark({ stage: 'restarting', changed: true, release: this.release })
    await restartService(this.host, this.release, this.logFrom)
    await this.mark({ stage: 'restarted' })
    this.log('info', `Restarted the service with ${this.order.package.version}.`)
  }

  private async awaitHealth(): Promise<void> {
    const manifest = await readJson<Manifest>(join(this.host.current, manifestName))
    const path = manifest?.health ?? '/healthz'
    await awaitHealth(this.host, path, this.logFrom, this.options.health, this.signal)
    if (this.signal.aborted) throw new Stopped()
    this.log('info', `The service answers that it is well (${path}).`)
  }

  private async step(
    step: StepName,
    work: () => Promise<'skipped' | void>,
    { interruptible = true } = {},
  ): Promise<void> {
    const began = Date.now()
    const settle = (outcome: StepReceipt['outcome']) =>
      this.done.push({ step, outcome, startedAt: new Date(began).toISOString(), duration: Date.now() - began })
    this.progress(step, 0)
    try {
      if (interruptible && this.signal.aborted) throw new Stopped()
      if (!this.pretending && !(step === 'admit' && !(await this.exists()))) {
        this.pretending = await meetFault(this.host, step, this.signal, this.options.allowDie)
        if (interruptible && this.signal.aborted) throw new Stopped()
      }
      settle((this.pretending ? undefined : await work()) ?? 'ok')
    } catch (error) {
      settle(outcomeOf(error, this.signal))
      throw error
    }
    this.progress(step, 1)
  }

  private exists(): Promise<boolean> {
    return mustExist(this.host).then(
      () => true,
      () => false,
    )
  }

  /** Settles the attempt and leaves the receipt at the host, unless it was stopped: then it may be taken up again. */
  async end(error?: unknown): Promise<Receipt> {
    const outcome: Outcome = error === undefined ? 'ok' : outcomeOf(error, this.signal)
    const receipt: Receipt = {
      attemptId: this.order.attemptId,
      outcome,
      effect: this.marker?.changed ? (this.marker.stage === 'restarted' ? 'made' : 'begun') : 'none',
      steps: this.done,
      ...(error === undefined ? {} : { cause: sentence(error, this.host, this.signal) }),
    }
    if (receipt.cause) this.log(outcome === 'stopped' ? 'warn' : 'error', receipt.cause)
    if (outcome !== 'stopped' && this.marker) await this.mark({ receipt }).catch(() => {}) // the host may have vanished
    return receipt
  }

  private replay(receipt: Receipt): Receipt {
    this.log('info', 'This attempt has ended before; its receipt is repeated and nothing is done.')
    return receipt
  }

  private async mark(change: Partial<Marker>): Promise<void> {
    this.marker = { ...this.marker!, ...change }
    await writeMarker(this.host, this.marker)
  }

  private say(outcome: 'skipped', line: string): 'skipped' {
    this.log('info', line)
    return outcome
  }

  private log(level: LogLine['level'], line: string): void {
    this.report.log({ attemptId: this.order.attemptId, level, line })
  }

  /** `share` is how much of this step is done, 0 to 1. */
  private progress(step: StepName, share: number): void {
    const before = percentBefore(step)
    const percent = Math.round(before + (steps[step] - before) * Math.min(share, 1))
    const { attemptId } = this.order
    this.report.progress({ attemptId, step, index: stepNames.indexOf(step) + 1, of: stepNames.length, percent })
  }
}

function outcomeOf(error: unknown, signal: AbortSignal): Exclude<Outcome, 'ok'> {
  if (error instanceof Refused) return 'refused'
  if (error instanceof Stopped || (signal.aborted && (error as Error).name === 'AbortError')) return 'stopped'
  return 'failed'
}

/** What went wrong, so that a user can act on it. */
function sentence(error: unknown, host: Host, signal: AbortSignal): string {
  if (outcomeOf(error, signal) === 'stopped') return 'Stopped before it was done, as asked.'
  const { message } = error as Error
  switch (codeOf(error)) {
    case 'ENOSPC':
      return `The disk of ${host.key} is full.`
    case 'ENOENT':
      return `A file of ${host.key} has gone while it was needed (${message}).`
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${host.key} does not let Waybill write (${message}).`
    default:
      return message
  }
}
