import { IsolationLevel, type EntityManager } from '@mikro-orm/postgresql'
import type { FastifyBaseLogger } from 'fastify'
import { lockDeployment } from '../deployment/load.ts'
import { abandonValidation, concludeValidation, requestApproval } from '../deployment/validation-moves.ts'
import type { Topology } from '../item/graph/topology.ts'
import { record } from '../kernel/events.ts'
import { move } from '../kernel/move.ts'
import { row, rows } from '../kernel/sql.ts'
import { digestOf } from './digest.ts'
import { keepFacts } from './facts.ts'
import { Finding } from './finding.entity.ts'
import { planOf, type Plan } from './plan.ts'
import { catalogue } from './predicates/catalogue.ts'
import type { Json, Predicate, World } from './predicates/predicate.ts'
import { recheck } from './recheck.ts'
import { Recorder } from './recorder.ts'
import { allRules } from './rules/all-rules.ts'
import type { NewFinding, Rule } from './rules/rule.ts'
import { Validation } from './validation.entity.ts'
import { validationLifecycle } from './validation.lifecycle.ts'

export interface ValidationParts {
  /** Of which each step takes a fork. */
  em: EntityManager
  topology: Topology
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** How long a verdict holds, ms; default 24 h. */
  validFor?: number
}

const VALID_FOR = 24 * 3600_000 // 24 h
const AT_ONCE = 500 // findings in one event

/**
 * Does one validation: all rules over one snapshot of the database, findings told as they are found, then the verdict with
 * its digest. Coming twice does no harm: what is not RUNNING is left alone, and a repeated run starts over.
 */
export async function runValidation(parts: ValidationParts, validationId: string): Promise<void> {
  const validation = await parts.em.fork().findOne(Validation, { uuid: validationId })
  if (validation?.state !== 'RUNNING') return
  try {
    const passed = await checkAll(parts, validation)
    // What changed between the snapshot and the verdict was seen by nobody yet.
    if (passed) await recheck(parts, validationId)
  } catch (error) {
    parts.log.error({ error, validationId }, 'A validation broke.')
    await giveUp(parts.em.fork(), validation)
  }
}

async function checkAll(parts: ValidationParts, validation: Validation): Promise<boolean> {
  await rows(parts.em.fork(), 'delete from finding where validation_id = $1', [validation.uuid])
  const told = new Teller(parts, validation)
  const { recorder, seq } = await parts.em.fork().transactional(
    async (em) => {
      const { head } = (await row<{ head: string }>(em, 'select head from event_epoch'))!
      // The graph follows the log; a change just before the validation is in it by then.
      await parts.topology.reaches(Number(head))
      const plan = await planOf(em, validation.deploymentId)
      const recorder = recorderOver({ em, topology: parts.topology, plan })
      for (const rule of allRules) await told.of(rule, await rule.check(recorder))
      return { recorder, seq: Number(head) }
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  )
  return conclude(parts, validation, recorder, seq, told)
}

/** A recorder that reads from the database. */
export function recorderOver(world: World): Recorder {
  return new Recorder(
    world.plan,
    (predicate, subjects) => (catalogue[predicate] as Predicate<Json>).read(world, subjects),
    async (items) => {
      const found = await rows<{ uuid: string; name: string }>(
        world.em,
        'select uuid, name from configuration_item where uuid = any($1::uuid[])',
        [items],
      )
      return new Map(found.map(({ uuid, name }) => [uuid, name]))
    },
  )
}

/** Writes findings and progress down and tells of them, rule by rule. */
class Teller {
  private place = 0
  readonly counts = { block: 0, warning: 0, pass: 0 }
  readonly rules

  constructor(
    private readonly parts: ValidationParts,
    private readonly validation: Validation,
  ) {
    this.rules = structuredClone(validation.rules)
  }

  async of(rule: Rule, found: NewFinding[]): Promise<void> {
    const all: NewFinding[] = found.length > 0 ? found : [{ severity: 'PASS', title: rule.title, message: rule.holds }]
    const progress = this.rules.find((one) => one.rule === rule.id)!
    const next = this.rules[this.rules.indexOf(progress) + 1]
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const some = all.slice(from, from + AT_ONCE)
      for (const { severity } of some) this.counts[severity.toLowerCase() as keyof typeof this.counts]++
      progress.findings = found.length
      const isLast = from + AT_ONCE >= all.length
      progress.state = isLast ? 'DONE' : 'RUNNING'
      if (isLast && next) next.state = 'RUNNING'
      await this.write(rule, some)
    }
  }

  private write(rule: Rule, some: NewFinding[]): Promise<void> {
    const { uuid, deploymentId, scopeIds } = this.validation
    return this.parts.em.fork().transactional(async (em) => {
      const findings = some.map(({ item, advice = null, evidence = {}, ...found }) =>
        Object.assign(new Finding(), {
          ...found,
          validationId: uuid,
          place: this.place++,
          rule: rule.id,
          advice,
          evidence,
          itemId: item?.uuid ?? null,
          itemName: item?.name ?? null,
        }),
      )
      await em.insertMany(Finding, findings)
      await rows(
        em,
        `update validation set rules = $2::jsonb, counts = $3::jsonb where uuid = $1 and state = 'RUNNING'`,
        [uuid, JSON.stringify(this.rules), JSON.stringify(this.counts)],
      )
      const findingIds = findings.map((finding) => finding.uuid)
      await record(em, { topic: 'validation.findings', subject: deploymentId, scopeIds, payload: { findingIds } })
    })
  }
}

async function conclude(
  { em, validFor = VALID_FOR }: ValidationParts,
  { uuid, deploymentId }: Validation,
  recorder: Recorder,
  seq: number,
  told: Teller,
): Promise<boolean> {
  return em.fork().transactional(async (em) => {
    const deployment = await lockDeployment(em, deploymentId)
    const validation = await em.findOneOrFail(Validation, { uuid })
    if (validation.state !== 'RUNNING') return false
    validation.finishedAt = new Date()
    if (deployment?.state !== 'VALIDATING') {
      await move(em, validation, validationLifecycle, 'fail', {
        by: null,
        reason: 'The deployment went on without it.',
      })
      return false
    }
    const facts = recorder.facts()
    await keepFacts(em, uuid, facts)
    const outcome = told.counts.block > 0 ? 'BLOCKED' : 'PASSED'
    const digest = digestOf(recorder.plan, facts)
    Object.assign(validation, {
      rules: told.rules,
      counts: told.counts,
      digest,
      seq,
      validUntil: new Date(Date.now() + validFor),
    })
    await move(em, validation, validationLifecycle, outcome === 'PASSED' ? 'pass' : 'block', { by: null })
    await concludeValidation(em, deployment, outcome, { by: null, reason: verdictOf(recorder.plan, told.counts) })
    if (outcome === 'PASSED') await requestApproval(em, deployment, { by: null })
    await record(em, {
      topic: 'validation.findings',
      subject: deploymentId,
      scopeIds: validation.scopeIds,
      payload: { findingIds: [] },
    })
    return outcome === 'PASSED'
  })
}

const verdictOf = ({ targets }: Plan, { block, warning }: { block: number; warning: number }) =>
  `${targets.length} targets checked: ${block} blocking findings, ${warning} warnings.`

/** It came to no result: the deployment is a draft again. */
async function giveUp(em: EntityManager, { uuid, deploymentId }: Validation): Promise<void> {
  await em.transactional(async (em) => {
    const deployment = await lockDeployment(em, deploymentId)
    const validation = await em.findOneOrFail(Validation, { uuid })
    if (validation.state !== 'RUNNING') return
    validation.finishedAt = new Date()
    await move(em, validation, validationLifecycle, 'fail', { by: null, reason: 'Something went wrong; see the log.' })
    if (deployment?.state !== 'VALIDATING') return
    await abandonValidation(em, deployment, { by: null, reason: 'The validation broke.' })
  })
}
