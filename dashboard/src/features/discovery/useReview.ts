import { graphql } from '../../gql/gql.ts'
import { counted } from '../../graphql/values.ts'
import { sendMoves, type ActionLook, type Send } from '../../live/actions.ts'
import { useAction } from '../../live/useAction.ts'

interface Reviewed {
  id: string
  number: string
  version: number
  created: number
  changed: number
  missing: number
  relationshipsNew: number
  relationshipsGone: number
  questions: number
}

/** Applying or discarding exactly what somebody looked at: if the run shows something else by now, it is refused. */
export function useReview(run: () => Reviewed): { review: Send; looksOf: () => ActionLook[] } {
  const review = sendMoves(() => ({ id: run().id, version: run().version }), {
    apply: useAction(
      graphql(`
        mutation DiscoveryApply($input: MoveInput!) {
          discoveryApply(input: $input) {
            run {
              id
              state
              version
              allowedActions
            }
            userErrors {
              code
              message
              field
            }
          }
        }
      `),
    ),
    discard: useAction(
      graphql(`
        mutation DiscoveryDiscard($input: MoveInput!) {
          discoveryDiscard(input: $input) {
            run {
              id
              state
              version
              allowedActions
            }
            userErrors {
              code
              message
              field
            }
          }
        }
      `),
    ),
  })
  const looksOf = (): ActionLook[] => {
    const { number, created, changed, missing, relationshipsNew, relationshipsGone, questions } = run()
    const besides = [
      relationshipsNew + relationshipsGone > 0 && `relationships: ${relationshipsNew} new, ${relationshipsGone} gone`,
      questions > 0 && `${counted(questions, 'question')} for people`,
    ].filter(Boolean)
    return [
      {
        action: 'apply',
        label: 'Apply…',
        variant: 'primary',
        keys: 'a',
        ask: {
          title: `Apply ${number}`,
          description: `What it shows becomes what is known: ${counted(created, 'new item')}, ${changed} changed, ${missing} missing${besides.map((one) => `; ${one}`).join('')}.`,
          confirm: 'Apply the changes',
          reason: 'optional',
        },
      },
      {
        action: 'discard',
        label: 'Discard…',
        variant: 'danger',
        ask: {
          title: `Discard ${number}`,
          description: 'What it found is thrown away; what is known stays as it is. The next look shows it again.',
          confirm: 'Discard the changes',
          danger: true,
          reason: 'optional',
        },
      },
    ]
  }
  return { review, looksOf }
}
