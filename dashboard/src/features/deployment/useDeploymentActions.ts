import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { useRouter } from 'vue-router'
import { useToasts } from '../../composables/useToasts.ts'
import { useAction } from '../../live/useAction.ts'
import { ApproveDocument, RejectDocument, useMoves } from './moves.ts'

export interface Ask {
  title: string
  description: string
  confirm: string
  danger?: boolean
  reason?: 'optional' | 'required'
}
export interface DeploymentAction {
  action: string
  label: string
  variant: 'plain' | 'primary' | 'danger'
  keys?: string
  /** Asked again before it is done. */
  ask?: Ask
}
export interface Subject {
  id: string
  number: string
  version: number
  allowedActions: readonly string[]
  canRollBack: boolean
  targetTotal: number
  digest: string | null
}

/** What each action of the API is called here, the most wanted first. Which of them are offered, the server says. */
function describe({ number, targetTotal }: Subject): DeploymentAction[] {
  const all = `${targetTotal} ${targetTotal === 1 ? 'target' : 'targets'}`
  return [
    { action: 'start', label: 'Deploy', variant: 'primary', keys: 'd' },
    {
      action: 'approve',
      label: 'Approve…',
      variant: 'primary',
      keys: 'a',
      ask: {
        title: `Approve ${number}`,
        description: `You sign what was validated: the package, ${all} and every finding, by their digest.`,
        confirm: 'Approve',
        reason: 'optional',
      },
    },
    { action: 'validate', label: 'Validate', variant: 'primary', keys: 'v' },
    { action: 'edit', label: 'Change…', variant: 'plain', keys: 'e' },
    { action: 'resume', label: 'Resume', variant: 'primary', keys: 'p' },
    { action: 'pause', label: 'Pause', variant: 'plain', keys: 'p' },
    { action: 'retryFailed', label: 'Retry what failed', variant: 'plain', keys: 'r' },
    {
      action: 'rollBack',
      label: 'Roll back…',
      variant: 'plain',
      ask: {
        title: `Roll back ${number}`,
        description:
          'This makes a new deployment of the version that was confirmed before. It is validated and approved like any other.',
        confirm: 'Prepare the roll-back',
        reason: 'optional',
      },
    },
    {
      action: 'reject',
      label: 'Reject…',
      variant: 'danger',
      ask: {
        title: `Reject ${number}`,
        description: 'It goes back to its maker with your words.',
        confirm: 'Reject',
        danger: true,
        reason: 'required',
      },
    },
    {
      action: 'cancel',
      label: 'Cancel…',
      variant: 'danger',
      ask: {
        title: `Cancel ${number}`,
        description: `What already arrived stays. Attempts that run are told to stop; no new one begins on any of the ${all}.`,
        confirm: 'Cancel the deployment',
        danger: true,
        reason: 'required',
      },
    },
  ]
}

/**
 * What steers the work while it goes on. Each outcome and each confirmation makes a newer version of the deployment, and
 * whoever presses means the work, not a version: these are not refused because something arrived in that moment.
 */
const STEERING = new Set(['pause', 'resume', 'retryFailed', 'cancel'])

/** The actions that the server offers for this deployment now, and how to do one. */
export function useDeploymentActions(subject: ComputedRef<Subject>): {
  actions: ComputedRef<DeploymentAction[]>
  run: (action: string, reason: string | null) => Promise<boolean>
  busy: Ref<string | null>
  refusal: Ref<string | null>
} {
  const router = useRouter()
  const toasts = useToasts()
  const doers = useMoves()
  const approve = useAction(ApproveDocument)
  const reject = useAction(RejectDocument)
  const busy = ref<string | null>(null)
  const refusal = ref<string | null>(null)

  const offered = computed(
    () => new Set([...subject.value.allowedActions, ...(subject.value.canRollBack ? ['rollBack'] : [])]),
  )
  const actions = computed(() => describe(subject.value).filter(({ action }) => offered.value.has(action)))

  const send = (action: string, reason: string | null) => {
    const { id, version, digest } = subject.value
    if (action === 'approve')
      return { payload: approve.run({ id, digest: digest ?? '', comment: reason }), doer: approve }
    if (action === 'reject')
      return { payload: reject.run({ id, digest: digest ?? '', comment: reason ?? '' }), doer: reject }
    const doer = doers[action as keyof typeof doers]
    const expectedVersion = STEERING.has(action) ? null : version
    return { payload: doer.run({ id, expectedVersion, reason }), doer }
  }
  const run = async (action: string, reason: string | null) => {
    busy.value = action
    refusal.value = null
    const { payload, doer } = send(action, reason)
    const done = await payload
    busy.value = null
    refusal.value = doer.refusal.value
    const made = done?.deployment
    if (made && action === 'rollBack') {
      toasts.show({
        tone: 'reported',
        title: 'The roll-back is prepared.',
        text: 'Validate it, then have it approved.',
      })
      await router.push(`/deployments/${made.id}`)
    }
    return done !== null
  }
  return { actions, run, busy, refusal }
}
