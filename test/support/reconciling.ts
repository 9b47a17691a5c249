/** Reconciliation as a test does it: tasks that are saved and run, what is seen beside what is planned, and what came of it. */
import { beforeEach, expect } from 'vitest'
import { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'
import { rows } from '../../server/kernel/sql.ts'
import { runReconciliation } from '../../server/reconciliation/reconciliation.job.ts'
import { anEstate, aViewer, makeItems } from './estate.ts'

export const ERRORS = 'userErrors { message rule }'
const RULES = [{ by: 'NAME', strength: 'STRONG' }]
export const PREVIEW = `totalCount pageInfo { hasNextPage endCursor } nodes { kind code message configurationItem { id name } actualItem { name }
  differences { attribute authorized actual } relationships { type other authorized } candidates { name } }`

export interface Line {
  kind: string
  code: string
  message: string
  configurationItem: { id: string; name: string } | null
  actualItem: { name: string } | null
  differences: { attribute: string; authorized: unknown; actual: unknown }[]
  relationships: object[]
  candidates: { name: string }[]
}

export interface Run {
  id: string
  number: string
  dryRun: boolean
  compared: number
  matches: number
  preview: { totalCount: number; nodes: Line[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
  kinds: { kind: string; count: number }[]
}

export interface Result {
  id: string
  kind: string
  state: string
  code: string
  message: string
  explanation: string | null
  differences: { attribute: string; explanation: string | null; deploymentNumber: string | null }[]
  relationships: object[]
  candidates: { id: string; name: string }[]
}

/** Call it once at the top of a test file. */
export function reconciliationOfTests() {
  const enqueued: { queue: string; data: object; options?: object }[] = []
  const jobs = {
    enqueue: (_em: unknown, queue: string, data: object, options?: object) => {
      enqueued.push({ queue, data, options })
      return Promise.resolve()
    },
  } as unknown as Jobs
  const estate = anEstate(() => ({ jobs }))
  const viewer = aViewer()
  const sql = <T>(text: string, values: unknown[] = []) => rows<T>(estate.orm.em.fork(), text, values)
  beforeEach(() => void enqueued.splice(0))

  async function ask<T>(
    text: string,
    input: object,
    who = viewer,
  ): Promise<T & { userErrors: { message: string; rule: string }[] }> {
    const data = await estate.query<Record<string, never>>(text, { input }, who)
    return Object.values(data)[0]! as never
  }
  const save = (input: object, who = viewer) =>
    ask<{ task: { id: string; version: number } }>(
      `mutation($input: ReconciliationTaskSaveInput!) { reconciliationTaskSave(input: $input) { task { id version } ${ERRORS} } }`,
      { linkRules: RULES, ...input },
      who,
    )

  async function run(taskId: string, dryRun = false): Promise<Run> {
    const { run, userErrors } = await ask<{ run: { id: string } }>(
      `mutation($input: ReconciliationStartInput!) { reconciliationStart(input: $input) { run { id } ${ERRORS} } }`,
      { taskId, dryRun },
    )
    expect(userErrors).toEqual([])
    await runReconciliation(estate.orm.em, (enqueued.at(-1)!.data as { runId: string }).runId, estate.services)
    const text = `{ reconciliationRuns(first: 1) { nodes { id number dryRun compared matches preview(first: 50) { ${PREVIEW} } kinds { kind count } } } }`
    const data = await estate.query<{ reconciliationRuns: { nodes: Run[] } }>(text)
    expect(data.reconciliationRuns.nodes[0]!.id).toBe(run.id)
    return data.reconciliationRuns.nodes[0]!
  }

  async function resultsOf(taskId: string, filter: object = {}): Promise<Result[]> {
    const text = `query($filter: ReconciliationResultFilter) { reconciliationResults(first: 200, filter: $filter) { nodes {
      id kind state code message explanation differences { attribute explanation deploymentNumber }
      relationships { type other authorized } candidates { id name } } } }`
    const data = await estate.query<{ reconciliationResults: { nodes: Result[] } }>(text, {
      filter: { taskId, ...filter },
    })
    return data.reconciliationResults.nodes
  }

  async function see(className: string, name: string, attributes: object = {}, facts: Partial<ActualItem> = {}) {
    return estate.change(async (em) => {
      const now = new Date()
      const item = Object.assign(new ActualItem(), {
        ...{ className, name, nativeKey: name, attributes, firstSeenAt: now, lastSeenAt: now },
        ...facts,
      })
      em.persist(item)
      await em.flush()
      return item
    })
  }
  const seeEdge = (type: string, source: ActualItem, target: ActualItem) =>
    sql(
      `insert into actual_relationship (uuid, type, source_id, target_id, evidence, first_seen_at, last_seen_at) values ($1, $2, $3, $4, 'test', now(), now())`,
      [uuidv7(), type, source.uuid, target.uuid],
    )
  /** An authorized item and what is seen of it, linked. */
  async function pair(className: string, name: string, attributes: Record<string, unknown> = {}) {
    const actual = await see(className, name, attributes)
    const [item] = await estate.change((em) =>
      makeItems(em, className, [name], { attributes, actualItemId: actual.uuid }),
    )
    return { actual, item: item! }
  }
  const observe = (actual: ActualItem, attributes: object) =>
    sql('update actual_item set attributes = attributes || $2::jsonb where uuid = $1', [
      actual.uuid,
      JSON.stringify(attributes),
    ])

  return { enqueued, jobs, estate, viewer, sql, ask, save, run, resultsOf, see, seeEdge, pair, observe }
}
