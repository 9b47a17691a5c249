import type { EntityManager } from '@mikro-orm/postgresql'
import { record } from '../../kernel/events.ts'

/** What an update of targets returns for the live grid. */
export interface ProgressRow {
  idx: number
  state: string
  confirmation: string
  percent: number
  step_index: number
}

/** One columnar event with the new values of some places of a deployment's grid. */
export async function recordProgress(
  em: EntityManager,
  deployment: { uuid: string; version: number; scopeIds: readonly string[] },
  changed: readonly ProgressRow[],
): Promise<void> {
  if (changed.length === 0) return
  await record(em, {
    topic: 'deployment.progress',
    subject: deployment.uuid,
    version: deployment.version,
    scopeIds: deployment.scopeIds,
    payload: {
      idx: changed.map(({ idx }) => idx),
      state: changed.map(({ state }) => state),
      confirmation: changed.map(({ confirmation }) => confirmation),
      percent: changed.map(({ percent }) => percent),
      step: changed.map(({ step_index }) => step_index),
    },
  })
}
