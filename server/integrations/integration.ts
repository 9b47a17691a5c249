/**
 * What an integration module owes the engine, and what it is given.
 *
 * A module is a way of carrying software to the targets of one kind of management product. It acts and reports; retries,
 * timeouts and state belong to the engine. Optional abilities are optional methods: the core refuses what a module lacks.
 * Which packages there are is asked of repositories, not of modules (library/repositories/<kind>).
 * A folder integrations/<id> imports this file and nothing else of ours: no nouns, no kernel, no database.
 */
import type { Readable } from 'node:stream'

/** A module either carries software itself, or tells people how to. */
export type Integration = AutomaticIntegration | ManualIntegration

export interface AutomaticIntegration extends IntegrationBase {
  readonly mode: 'automatic'
  /**
   * Carries one order to its targets (Ansible takes a batch, SSH one) and settles with one receipt per attempt, in the
   * order of the attempts. What goes wrong at one target is its receipt, never a rejection: `deliver` rejects only if
   * nothing can be said about any target, with `Refused` if trying again will not help.
   * Safe to call twice for the same attempt: the second call makes no second effect and gives the same answer.
   */
  deliver(order: DeliveryOrder): Promise<Receipt[]>
}

/** A product without automation: the engine shows the instructions as a checklist and takes signed confirmations. */
export interface ManualIntegration extends IntegrationBase {
  readonly mode: 'manual'
  /** What a person has to do, one entry per attempt. */
  instructions(order: InstructionOrder): Promise<Instruction[]>
}

interface IntegrationBase {
  /** The name of the module's folder, e.g. 'local'. */
  readonly id: string
  /** For people, e.g. 'Local hosts'. */
  readonly title: string
  /** What `config` may hold, for the form of the dashboard. */
  readonly configFields: ConfigField[]
  /** One sentence per fault; an empty list means the config is usable. Looks at the values only, never at the outside. */
  checkConfig(config: Record<string, unknown>): string[]
  /**
   * Looks at the targets, now: asks the running service itself and looks at what is installed. Used as the probe after a
   * crash (then `attempt` is given) and by the separate confirmation job. One answer per question, in the same order; a
   * target that cannot be looked at gives evidence with `reachable: false`, not a rejection.
   * A module that lacks it has its unknown outcomes IN_DOUBT and its targets UNCONFIRMED.
   */
  inspect?(product: ProductRef, questions: InspectQuestion[], signal?: AbortSignal): Promise<Evidence[]>
  /** What can be seen now. The cursor is the `next` of the page before. */
  listTargets?(product: ProductRef, cursor?: string): Promise<Page<DiscoveredTarget>>
  /** Where the same job is seen in the product itself; nothing if the product has no page for it. Never holds a secret. */
  launchUrl?(product: ProductRef, context: LaunchContext): Promise<string | undefined>
  /** Gives back what the module holds open (sockets, timers). Targets are left alone. */
  close?(): Promise<void>
}

export interface ConfigField {
  name: string
  title: string
  help: string
  required: boolean
  /** Write-only: the value is kept apart and never shown again. Default false. */
  secret?: boolean
  /** Has several lines, such as a list or a private key. Default false. */
  multiline?: boolean
  /** An object that has an editor of its own, which a plain form leaves alone. */
  editor?: 'mapping'
}

/** The management product a call is about. `config` has passed `checkConfig`. */
export interface ProductRef {
  id: string
  name: string
  config: Record<string, unknown>
}

/** A target as the product knows it. */
export interface TargetRef {
  /** The configuration item. */
  itemId: string
  /** The key under which `listTargets` gave it. */
  key: string
  name: string
  /** Facts from discovery, such as address, platform or machineId. */
  facts: Record<string, string>
}

export interface PackageRef {
  name: string
  version: string
  /** 'sha256:' and 64 hexadecimal digits: of the bytes that `open` gives. */
  digest: string
  /** Bytes. */
  size: number
  /** A new stream over the bytes in the content store; may be called more than once. */
  open(): Promise<Readable>
}

export interface AttemptOrder {
  attemptId: string
  deploymentId: string
  /** For products that take a key of the caller: the same for every repetition of this attempt. */
  idempotencyKey: string
  /**
   * Grows with every attempt at this target, over all deployments and restarts of Waybill: a target refuses one that is
   * older than what it has seen, and another attempt with the same one.
   */
  fence: bigint
  target: TargetRef
  package: PackageRef
  /** The version believed to be there before; absent for a first installation. */
  previousVersion?: string
}

export interface DeliveryOrder {
  product: ProductRef
  attempts: AttemptOrder[]
  /** Aborted on cancel and on timeout: the module stops at its next step and leaves each target whole. */
  signal: AbortSignal
  report: Report
}

/** Takes what happens while it happens. Never throws and never blocks; a hint, the receipt is what counts. */
export interface Report {
  progress(progress: Progress): void
  log(line: LogLine): void
}

export interface Progress {
  attemptId: string
  /** The step's name, e.g. 'copy'. */
  step: string
  /** From 1 to `of`. */
  index: number
  of: number
  /** Of the whole attempt, 0 to 100, never falling. */
  percent: number
}

export interface LogLine {
  attemptId: string
  level: 'debug' | 'info' | 'warn' | 'error'
  line: string
}

/**
 * ok: the module says it is done (reported, not confirmed). failed: it went wrong, another attempt may help.
 * refused: another attempt will not help. stopped: the signal was obeyed.
 */
export type Outcome = 'ok' | 'failed' | 'refused' | 'stopped'

/** What the module says about one attempt. It is not evidence. */
export interface Receipt {
  attemptId: string
  outcome: Outcome
  /** Whether this attempt changed the target; 'none' promises that it is as before. */
  effect: EffectState
  /** One sentence a user can act on; present unless the outcome is ok. */
  cause?: string
  steps: StepReceipt[]
}

export interface StepReceipt {
  step: string
  outcome: Outcome | 'skipped'
  /** ISO 8601. */
  startedAt: string
  /** Milliseconds. */
  duration: number
}

/**
 * How far an attempt's effect has come, as the target itself shows it.
 * none: no trace of a change; delivering is safe. begun: changes were started and are not complete; delivering the same
 * attempt again completes them. made: the change is there (healthy or not); do not deliver again. unknown: the target
 * cannot tell; only a person may decide.
 */
export type EffectState = 'none' | 'begun' | 'made' | 'unknown'

export interface InspectQuestion {
  target: TargetRef
  /** Name of the package that is asked for; without it the module answers for what it finds. */
  packageName?: string
  /** Given after a crash: what has become of this attempt? */
  attempt?: { attemptId: string; fence: bigint }
}

/** What was observed at one target at one moment. The engine compares; a module never judges. */
export interface Evidence {
  itemId: string
  reachable: boolean
  /** What the running service itself answers. Absent if nothing runs or it did not answer. */
  running?: ObservedSoftware
  /** What lies on the target, found by looking and not by asking the service. Absent if nothing is installed. */
  installed?: ObservedSoftware
  /** Whether the service says it is well; absent if it did not answer. */
  healthy?: boolean
  /** How it was looked at, for people, e.g. 'GET http://127.0.0.1:4711/version; read current/waybill-release.json'. */
  method: string
  /** ISO 8601. */
  at: string
  /** One sentence; with a fault, its cause. */
  detail: string
  /** Present if the question named an attempt. */
  attempt?: AttemptEvidence
}

export interface ObservedSoftware {
  name: string
  version: string
  /** 'sha256:…'; absent if the target does not know it. */
  digest?: string
}

export interface AttemptEvidence {
  attemptId: string
  effect: EffectState
  /** The receipt, if the attempt had ended and left it at the target. */
  receipt?: Receipt
  /** The highest fence the target has seen; higher than the attempt's own means it was overtaken. */
  fence?: bigint
}

export interface Page<T> {
  items: T[]
  /** Absent on the last page. */
  next?: string
  /** Whether everything there is has been seen once the last page is read, so that absence means gone. */
  complete: boolean
}

/** Something the product knows, by the key it has there. */
export interface ItemKey {
  /** Class of the item, e.g. 'ComputerSystem', 'Site', 'SoftwareInstallation'. */
  class: string
  key: string
  name: string
}

export interface DiscoveredTarget extends ItemKey {
  /** Platform, arch, address, port, role and whatever else was seen. */
  attributes: Record<string, string>
  /** What identifies it beyond this product, strongest first; junk values are left out. */
  identities: { kind: string; value: string }[]
  software: InstalledSoftware[]
  /** With this target at one end. The other end may be an item that is no target, such as a site. */
  relationships: DiscoveredRelationship[]
}

export interface InstalledSoftware extends ObservedSoftware {
  /** Where it lies on the target. */
  path?: string
  /** Whether it is what runs. */
  active: boolean
}

export interface DiscoveredRelationship {
  /** 'runsOn', 'dependsOn', 'locatedIn', 'installedOn', … */
  type: string
  from: ItemKey
  to: ItemKey
  /** How it was seen, e.g. 'configuration', 'socket', 'configuration and socket'. */
  evidence: string
}

/** What the user is looking at in Waybill. */
export interface LaunchContext {
  deploymentId?: string
  targetKey?: string
}

export type InstructionOrder = Pick<DeliveryOrder, 'product' | 'attempts'>

/** What a person does at one target, and then signs. */
export interface Instruction {
  attemptId: string
  /** One line, e.g. 'Install storefront 1.1.0 on austin-web-1'. */
  title: string
  /** The checklist, in order, plain text. */
  steps: string[]
}

/** The target or the product refused; trying again will not help. Any other error may be retried, after a probe. */
export class Refused extends Error {
  override readonly name = 'Refused'
}
