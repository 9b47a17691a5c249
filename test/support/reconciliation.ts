/** What is seen and what is planned, side by side, and tasks that compare them. */
import { expect } from 'vitest'
import { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import type { Viewer } from '../../server/kernel/context.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'
import { rows } from '../../server/kernel/sql.ts'
import { runReconciliation } from '../../server/reconciliation/reconciliation.job.ts'
import { anEstate, aViewer, makeItems, type Estate } from './estate.ts'

export interface SeenResult {
  id: string
  kind: string
  state: string
  code: string
  message: string
  allowedActions: string[]
  relationships: { type: string; other: string; authorized: boolean }[]
}

export interface Pair {
  actual: ActualItem
  item: ConfigurationItem
}

interface Answer {
  userErrors: { message: string; rule: string | null }[]
}

export interface ReconciledEstate extends Estate {
  sql<T>(text: string, values?: unknown[]): Promise<T[]>
  /** Answers the payload of a mutation that takes one input. */
  ask<T>(mutation: string, type: string, input: object, selection: string, who?: Viewer): Promise<T & Answer>
  see(className: string, name: string, attributes?: object): Promise<ActualItem>
  seeEdge(type: string, source: ActualItem, target: ActualItem): Promise<unknown>
  /** An authorized item and what is seen of it, linked. */
  pair(className: string, name: string, facts?: Partial<ConfigurationItem>): Promise<Pair>
  /** From now on it is not seen any more. */
  lose(actual: ActualItem): Promise<unknown>
  /** Makes a task that compares, and answers its id. */
  task(input: object, who?: Viewer): Promise<string>
  /** Runs it to its end. */
  run(taskId: string): Promise<void>
  results(filter: object): Promise<SeenResult[]>
}

/** Call it once at the top of a test file. */
export function aReconciledEstate(): ReconciledEstate {
  const started: string[] = []
  const jobs = {
    enqueue: (_em: unknown, _queue: string, { runId }: { runId?: string }) => {
      if (runId) started.push(runId)
      return Promise.resolve()
    },
  } as unknown as Jobs
  const estate = anEstate(() => ({ jobs })) as ReconciledEstate
  estate.sql = <T>(text: string, values: unknown[] = []) => rows<T>(estate.orm.em.fork(), text, values)
  estate.ask = async (mutation, type, input, selection, who = aViewer()) => {
    const text = `mutation($input: ${type}!) { ${mutation}(input: $input) { ${selection} userErrors { message rule } } }`
    return (await estate.query<Record<string, never>>(text, { input }, who))[mutation]!
  }
  estate.see = (className, name, attributes = {}) =>
    estate.change(async (em) => {
      const now = new Date()
      const facts = { className, name, nativeKey: name, attributes, firstSeenAt: now, lastSeenAt: now }
      const item = Object.assign(new ActualItem(), facts)
      em.persist(item)
      await em.flush()
      return item
    })
  estate.seeEdge = (type, source, target) =>
    estate.sql(
      `insert into actual_relationship (uuid, type, source_id, target_id, evidence, first_seen_at, last_seen_at)
       values ($1, $2, $3, $4, 'test', now(), now())`,
      [uuidv7(), type, source.uuid, target.uuid],
    )
  estate.pair = async (className, name, facts = {}) => {
    const actual = await estate.see(className, name, facts.attributes)
    const [item] = await estate.change((em) =>
      makeItems(em, className, [name], { ...facts, actualItemId: actual.uuid }),
    )
    return { actual, item: item! }
  }
  estate.lose = ({ uuid }) => estate.sql(`update actual_item set state = 'MISSING' where uuid = $1`, [uuid])
  estate.task = async (input, who) => {
    const linkRules = [{ by: 'NAME', strength: 'STRONG' }]
    const { task, userErrors } = await estate.ask<{ task: { id: string } }>(
      'reconciliationTaskSave',
      'ReconciliationTaskSaveInput',
      { linkRules, ...input },
      'task { id }',
      who,
    )
    expect(userErrors).toEqual([])
    return task.id
  }
  estate.run = async (taskId) => {
    const { userErrors } = await estate.ask('reconciliationStart', 'ReconciliationStartInput', { taskId }, 'run { id }')
    expect(userErrors).toEqual([])
    await runReconciliation(estate.orm.em, started.at(-1)!, estate.services)
  }
  estate.results = async (filter) => {
    const text = `query($filter: ReconciliationResultFilter) { reconciliationResults(first: 200, filter: $filter) { nodes {
      id kind state code message allowedActions relationships { type other authorized } } } }`
    const data = await estate.query<{ reconciliationResults: { nodes: SeenResult[] } }>(text, { filter })
    return data.reconciliationResults.nodes
  }
  return estate
}
