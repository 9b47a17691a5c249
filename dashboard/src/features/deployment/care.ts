import { computed, ref, type ComputedRef } from 'vue'
import type { ActionLook } from '../../live/actions.ts'
import { useCareMoves } from './care-moves.ts'

/** What each action is called. `handOver` and `pinNote` have forms of their own. */
export function careLooks(number: string, holder: string | undefined): ActionLook[] {
  return [
    { action: 'hold', label: 'Hold it' },
    { action: 'acknowledgeHandOver', label: 'Acknowledge', variant: 'primary' },
    {
      action: 'declineHandOver',
      label: 'Decline…',
      ask: {
        title: `Decline ${number}`,
        description: `It stays in the hands of ${holder ?? 'its holder'}.`,
        confirm: 'Decline',
        reason: 'optional',
      },
    },
    { action: 'handOver', label: 'Hand over…' },
    { action: 'withdrawHandOver', label: 'Withdraw' },
    { action: 'letGo', label: 'Let go' },
    {
      action: 'takeOver',
      label: 'Take over…',
      ask: {
        title: `Take over ${number}`,
        description: `${holder ?? 'Somebody'} holds it, and reads your reason in the history.`,
        confirm: 'Take it over',
        reason: 'required',
      },
    },
    { action: 'acknowledge', label: 'I am on it' },
    { action: 'unacknowledge', label: 'Nobody is on it' },
    { action: 'pinNote', label: 'Pin a note…' },
    { action: 'clearNote', label: 'Clear' },
  ]
}

export interface Cared {
  id: string
  /** Of the hold that the reader sees. */
  version: number
}

/** Does one of them; whether it was done, and in whose words it was refused. */
export function useCare(subject: ComputedRef<Cared>) {
  const { ofHold, others } = useCareMoves()
  const busy = ref<string | null>(null)
  const refusal = ref<string | null>(null)

  const send = (action: string, reason: string | null) => {
    const { id, version } = subject.value
    if (action in ofHold) {
      const doer = ofHold[action as keyof typeof ofHold]
      return { payload: doer.run({ id, expectedVersion: version, reason }), doer }
    }
    const doer = others[action as keyof typeof others]
    return { payload: doer.run({ id, reason }), doer }
  }
  const run = async (action: string, reason: string | null = null) => {
    busy.value = action
    const { payload, doer } = send(action, reason)
    const done = await payload
    busy.value = null
    refusal.value = doer.refusal.value
    return done !== null
  }
  return { run, busy: computed(() => busy.value), refusal }
}
