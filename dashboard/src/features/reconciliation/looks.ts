import type { ReconciliationKind } from '../../gql/graphql.ts'
import type { ActionLook } from '../../live/actions.ts'

interface Decidable {
  kind: ReconciliationKind
  code?: string | null
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

/** Of relationships that a rule kept from being authorized. */
export const isLeftOut = ({ code }: Pick<Decidable, 'code'>) => code === 'NOT_RELATED'

const accept = (result: Decidable, name: string): ActionLook =>
  result.kind === 'MISSING'
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
          description: isLeftOut(result)
            ? 'Its relationships are authorized as they are seen, if no rule stands against it any more.'
            : 'The authorized values and relationships become those that were seen.',
          confirm: 'Take it as right',
          reason: 'optional',
        },
      }

const keepApart = (result: Decidable, name: string): ActionLook => ({
  action: 'keepApart',
  label: isLeftOut(result) ? 'Leave it unrelated…' : 'Leave it unlinked…',
  ask: {
    title: `Leave ${name} as it is`,
    description: isLeftOut(result)
      ? 'A rule says that such relationships of it are not asked about any more. It can be switched off among the tasks.'
      : 'A rule says that nobody is asked which item it is any more. It can be switched off among the tasks.',
    confirm: 'Keep the rule',
    reason: 'required',
  },
})

/** How the decisions about one result look. */
export const looksFor = (result: Decidable, name: string, link: () => unknown): ActionLook[] => [
  accept(result, name),
  { action: 'link', label: 'Link by hand…', go: link },
  keepApart(result, name),
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
