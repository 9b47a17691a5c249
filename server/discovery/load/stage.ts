/**
 * From the stream of an adapter into the staging tables, batch by batch, so that memory stays flat: while one batch is
 * written, the next is read.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { setImmediate as others } from 'node:timers/promises'
import { rows } from '../../kernel/sql.ts'
import {
  EXTENDED,
  type Problem,
  type SeenItem,
  type SeenMention,
  type Sighting,
  type Where,
} from '../adapters/adapter.ts'
import { keyOfMarks, marksOf } from '../identity/marks.ts'
import type { IdentityRules } from '../identity/rules.ts'
import { Files } from './files.ts'
import type { Told } from './interrupted.ts'
import { Problems } from './problems.ts'
import { keepScopes, markScopes, WHOLE, type ScopeState } from './scopes.ts'
import { staged, writeStaged, type Staged, type Staging } from './staging.ts'
import { typedValues } from './typed.ts'

const BATCH = 2_000 // sightings
const IN_ONE_GO = 100 // sightings; then the connection and everybody else have their turn
const SCOPE_WAITS = 300 // ms; a source may be slow, and people see scope by scope how far it is

export interface StageProgress {
  seen: number
  scopes: number
  /** As far as is known. */
  of: number | null
  scope: string | null
}

export interface Stage {
  em: EntityManager
  runId: string
  staging: Staging
  rules: IdentityRules
  finished: ReadonlySet<string>
  /** What an earlier try told of the finished scopes. */
  told: readonly Told[]
  signal: AbortSignal
  /** Called between batches; false stops the reading. */
  progress(progress: StageProgress): Promise<boolean>
}

/**
 * Reads the whole stream. False: it was stopped by `progress`. However it ends, the scopes that were finished are written: who
 * goes on after it does not read them again.
 */
export async function stageAll(stage: Stage, stream: AsyncIterable<Sighting>): Promise<boolean> {
  const writer = new Writer(stage)
  let writing = Promise.resolve(true)
  const stop = async () => {
    await writing.catch(() => undefined)
    await writer.flush().catch(() => undefined)
  }
  try {
    for await (const sighting of stream) {
      stage.signal.throwIfAborted()
      writer.take(sighting)
      if (writer.waiting % IN_ONE_GO === 0) await others()
      if (!writer.isDue) continue
      if (!(await writing)) {
        await stop()
        return false
      }
      writing = writer.flush()
      // Who waits for it hears of its failure.
      writing.catch(() => undefined)
    }
    // A stream that was cut off may just end.
    stage.signal.throwIfAborted()
    writer.endScope()
    return (await writing) && (await writer.flush())
  } catch (error) {
    await stop()
    throw error
  }
}

class Writer {
  private batch: Record<Staged, object[]> = { items: [], marks: [], edges: [], gone: [] }
  private scopes = new Map<string, ScopeState>()
  private readonly problems: Problems
  private readonly files: Files
  private scope: ScopeState | null = null
  private skipping = false
  private count = 0
  private place: number
  /** The place before the first of this try. */
  private readonly before: number
  private begun = 0
  /** A scope began or ended since the last batch. */
  private hasNews = false
  private flushed = Date.now()
  private of: number | null = null
  private complete = false

  constructor(private readonly stage: Stage) {
    this.problems = new Problems(stage.runId, stage.told)
    this.files = new Files(stage.runId)
    // Places of an interrupted try lie below.
    this.place = this.before = stage.finished.size > 0 ? Date.now() * 1000 : 0
  }

  /** Enough was read to be written, or people can be told of a scope and the last batch was some time ago. */
  get isDue(): boolean {
    return this.count >= BATCH || (this.hasNews && Date.now() - this.flushed > SCOPE_WAITS)
  }

  get waiting(): number {
    return this.count
  }

  take(sighting: Sighting): void {
    if (sighting.kind === 'scope') return this.beginScope(sighting.name, sighting.of)
    if (sighting.kind === 'complete') return this.completed(sighting.scope)
    if (sighting.kind === 'file') return this.files.begin(sighting)
    if (this.skipping) return
    this.count++
    const n = ++this.place
    const scope = this.scope?.name ?? ''
    switch (sighting.kind) {
      case 'item':
      case 'mention':
        return this.item(n, scope, sighting)
      case 'relationship': {
        const { type, from, to, evidence } = sighting
        this.batch.edges.push({ n, scope, type, from_ref: from, to_ref: to, evidence, ...whereOf(sighting.where) })
        return
      }
      case 'gone': {
        const { className, key } = sighting
        const family = this.stage.rules.familyOf(className)
        this.batch.gone.push({ n, scope, class_name: className, family, key, ...whereOf(sighting.where) })
        return
      }
      case 'problem':
        return this.problem(sighting)
    }
  }

  private item(n: number, scope: string, seen: SeenItem | SeenMention): void {
    const { rules } = this.stage
    const { where } = seen
    if (!rules.classNames.includes(seen.className)) {
      if (seen.kind === 'item')
        this.problem({
          kind: 'problem',
          severity: 'warning',
          rule: 'class',
          message: `There is no class ${seen.className}, so "${seen.name}" was left out.`,
          ...(where ? { where } : {}),
        })
      return
    }
    const base = {
      n,
      scope,
      ref: seen.ref,
      class_name: seen.className,
      family: rules.familyOf(seen.className),
      level: rules.levelOf(seen.className),
    }
    if (seen.kind === 'mention') {
      this.batch.items.push({
        ...base,
        key: seen.key,
        name: '',
        attributes: {},
        identifiers: [],
        partial: true,
        mention: true,
        ...whereOf(where),
      })
      return
    }
    const { name, identifiers = [], attributes: own, extended, partial = false, at } = seen
    const { attributes, unknown, unusable } = typedValues(rules.catalogue, seen.className, own, extended)
    const told = extended ? { ...extended, ...own } : own
    for (const attribute of unknown)
      this.problems.leftOut(seen.className, attribute, 'the class has no such attribute', where, scope)
    for (const attribute of unusable)
      this.problems.leftOut(seen.className, attribute, 'its value has another type', where, scope)
    const marks = marksOf({ className: seen.className, name, attributes: told, identifiers: [...identifiers] }, rules)
    for (const mark of marks) this.batch.marks.push({ n, scope, ...mark })
    // What the class has no place for may still be what the thing is recognised by.
    const kept = [
      ...identifiers,
      ...[...unknown, ...Object.keys(extended ?? {}).filter((one) => `${EXTENDED}${one}` in attributes)].flatMap(
        (kind) => (typeof told[kind] === 'string' ? [{ kind, value: told[kind] }] : []),
      ),
    ]
    const time = at !== undefined && !Number.isNaN(Date.parse(at)) ? at : null
    if (at !== undefined && time === null)
      this.problem({
        kind: 'problem',
        severity: 'warning',
        rule: 'time',
        message: `"${at.slice(0, 60)}" is no time; the time of the run counts for "${name}".`,
        ...(where ? { where } : {}),
      })
    if (this.scope) this.scope.seen++
    this.files.count()
    this.batch.items.push({
      ...base,
      key: seen.key ?? keyOfMarks(marks, name),
      name: name || seen.key || seen.ref,
      attributes,
      identifiers: kept,
      partial,
      mention: false,
      at: time,
      ...whereOf(where),
    })
  }

  private problem(problem: Problem): void {
    if (this.scope) {
      this.scope.problems++
      this.scope.unread ||= problem.severity === 'error' || !!problem.unread
      if (problem.severity === 'error' || !this.scope.problem) this.scope.problem = problem.message
    }
    this.problems.add(problem, this.scope?.name ?? '')
  }

  private beginScope(name: string, of?: number): void {
    this.endScope()
    this.count++
    this.begun++
    this.of = of ?? this.of
    this.skipping = this.stage.finished.has(name)
    if (this.skipping) return
    this.scope = { ...this.newScope(name), state: 'RUNNING' }
    this.scopes.set(name, this.scope)
    this.hasNews = true
  }

  private newScope(name: string): ScopeState {
    const ordinal = this.stage.finished.size + this.begun
    return { name, ordinal, state: 'FINISHED', complete: false, seen: 0, problems: 0, problem: null, unread: false }
  }

  endScope(): void {
    if (this.scope) {
      this.scope.state = 'FINISHED'
      this.hasNews = true
    }
    this.scope = null
    this.skipping = false
  }

  private completed(scope: string | undefined): void {
    if (scope === undefined) {
      this.complete = true
      this.endScope()
      return
    }
    if (this.stage.finished.has(scope)) return
    const known = this.scopes.get(scope) ?? this.newScope(scope)
    known.complete = true
    this.scopes.set(scope, known)
    if (known === this.scope) this.endScope()
  }

  /**
   * What was read, table by table side by side, and after it, in one transaction, how far its scopes are: what of a scope
   * was written by a process that died before it said so is forgotten by the next try. Everything is put aside before
   * anything is waited for: what is read meanwhile belongs to the next.
   */
  async flush(): Promise<boolean> {
    const { em, staging, progress } = this.stage
    const batch = this.batch
    this.batch = { items: [], marks: [], edges: [], gone: [] }
    this.count = 0
    this.hasNews = false
    this.flushed = Date.now()
    const [writeProblems, writeFiles, writeScopes] = [this.problems.take(), this.files.take(), this.takeScopes()]
    const now = { seen: this.place - this.before, scopes: this.begun, of: this.of, scope: this.scope?.name ?? null }
    // Nothing of an unlogged table is waited for at a commit.
    const written = staged
      .filter((table) => batch[table].length > 0)
      .map((table) => writeStaged(em, staging, table, batch[table]))
    for (const outcome of await Promise.allSettled(written)) if (outcome.status === 'rejected') throw outcome.reason
    await em.fork().transactional(async (em) => {
      // After a crash of the database the unlogged tables are empty, and with them what is said here.
      await rows(em, 'set local synchronous_commit = off')
      await writeProblems(em)
      await writeFiles(em)
      await writeScopes(em)
    })
    return progress(now)
  }

  private takeScopes(): (em: EntityManager) => Promise<void> {
    const { runId, staging } = this.stage
    const all = [...this.scopes.values()].map((scope) => ({ ...scope }))
    for (const { name, state } of all) if (state === 'FINISHED') this.scopes.delete(name)
    const marks = all.map(({ name, state, complete, unread }) => ({
      name,
      finished: state === 'FINISHED' && !unread,
      complete,
    }))
    if (this.complete) marks.push({ name: WHOLE, finished: false, complete: true })
    return async (em) => {
      if (all.length > 0) await keepScopes(em, runId, all)
      if (marks.length > 0) await markScopes(em, staging, marks)
    }
  }
}

const whereOf = (where: Where | undefined) =>
  where && { source: where.source, line: where.line, element: where.element?.slice(0, 500) }
