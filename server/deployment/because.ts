import type { Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import type { Because } from '../kernel/move.ts'

/** Who does it, as history and events name them. */
export const because = (viewer: Viewer, reason?: string | null): Because => ({
  by: viewer.via === 'system' ? null : viewer.accountId,
  reason,
})

/** Waybill itself. */
export const waybill = (reason?: string): Because => ({ by: null, reason })

/** For what a person decides against the machine: it must be said why. */
export function withReason(viewer: Viewer, reason: string | null | undefined): Because {
  if (reason?.trim()) return because(viewer, reason)
  throw new BadInput('Say why: this decision is kept with your name and reason.', { field: ['reason'], rule: 'reason' })
}
