import type { Ref } from 'vue'

/** What is asked before an action is done. */
export interface Ask {
  title: string
  description: string
  confirm: string
  danger?: boolean
  reason?: 'optional' | 'required'
  /** What must be typed first, for what reaches far and cannot be taken back. */
  typed?: string
}

/** How an action of the API looks here. Whether it is offered, `allowedActions` says. */
export interface ActionLook {
  action: string
  label: string
  variant?: 'plain' | 'primary' | 'danger'
  keys?: string
  ask?: Ask
  /** Opens a form or another page instead of sending anything. */
  go?: () => unknown
}

/** Sends one action; answers the words of the refusal, or null when it was done. */
export type Send = (action: string, reason: string | null) => Promise<string | null>

interface Doer {
  run: (input: { id: string; expectedVersion?: number; reason?: string | null }) => Promise<unknown>
  refusal: Ref<string | null>
}

/** `Send` for things whose actions are mutations with MoveInput or IdInput, one per action. */
export function sendMoves(subject: () => { id: string; version?: number }, doers: Record<string, Doer>): Send {
  return async (action, reason) => {
    const doer = doers[action]
    if (!doer) return `This page does not know the action ${action}.`
    const { id, version } = subject()
    const done = await doer.run({ id, ...(version !== undefined && { expectedVersion: version }), reason })
    return done === null ? doer.refusal.value : null
  }
}
