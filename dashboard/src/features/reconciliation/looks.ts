import type { ReconciliationKind } from '../../gql/graphql.ts'
import type { ActionLook } from '../../live/actions.ts'

interface Decidable {
  kind: ReconciliationKind
  allowedActions: readonly string[]
  configurationItem?: { state: string } | null
}

/** Of a missing item: it is not thrown away. The server knows it as a way to accept what was seen. */
const STORE = 'store'

/** What is offered: a missing item can leave in two ways. */
export const offeredFor = ({ kind, allowedActions, configurationItem }: Decidable): string[] =>
  kind === 'MISSING' && allowedActions.includes('acceptActual') && configurationItem?.state !== 'INVENTORY'
    ? [...allowedActions, STORE]
    : [...allowedActions]

/** What the mutation is told about one of them. */
export const inputOf = (action: string) =>
  action === STORE ? { action: 'acceptActual', itemAction: STORE } : { action, itemAction: null }

const accept = (kind: ReconciliationKind, name: string): ActionLook =>
  kind === 'MISSING'
    ? {
        action: 'acceptActual',
        label: 'Decommission…',
        variant: 'danger',
        ask: {
          title: `Decommission ${name}`,
          description: 'It is not seen any more, and the plan follows. A decommissioned item cannot be changed again.',
          confirm: 'Decommission it',
          danger: true,
          reason: 'required',
        },
      }
    : {
        action: 'acceptActual',
        label: 'Take what is there',
        ask: {
          title: `Take what is there as right for ${name}`,
          description: 'The authorized values and relationships become those that were seen.',
          confirm: 'Take it as right',
          reason: 'optional',
        },
      }

/** How the decisions about one result look. */
export const looksFor = ({ kind }: Decidable, name: string): ActionLook[] => [
  accept(kind, name),
  {
    action: STORE,
    label: 'It is in store…',
    ask: {
      title: `Say that ${name} is in store`,
      description: 'It becomes part of the inventory, where nobody expects to see it.',
      confirm: 'It is in store',
      reason: 'optional',
    },
  },
  {
    action: 'resolve',
    label: 'Resolved…',
    ask: {
      title: `Say that ${name} is resolved`,
      description: 'Nothing is changed. The next run looks again, and opens it again if it still differs.',
      confirm: 'It is resolved',
      reason: 'required',
    },
  },
  {
    action: 'ignore',
    label: 'Ignore…',
    ask: {
      title: `Ignore this of ${name}`,
      description: 'It no longer counts as open until it changes.',
      confirm: 'Ignore it',
      reason: 'required',
    },
  },
]
