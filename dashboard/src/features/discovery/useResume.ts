import { graphql } from '../../gql/gql.ts'
import { sendMoves, type ActionLook, type Send } from '../../live/actions.ts'
import { useAction } from '../../live/useAction.ts'

/** A run that failed or was cancelled goes on with what it had not read. */
export function useResume(run: () => { id: string; number: string; version: number }): {
  resume: Send
  looksOfResume: () => ActionLook[]
} {
  const resume = sendMoves(() => ({ id: run().id, version: run().version }), {
    resume: useAction(
      graphql(`
        mutation DiscoveryRunResume($input: MoveInput!) {
          discoveryRunResume(input: $input) {
            run {
              id
              state
              version
              failure
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
  const looksOfResume = (): ActionLook[] => [
    {
      action: 'resume',
      label: 'Resume…',
      ask: {
        title: `Resume ${run().number}`,
        description: 'It goes on with what it had not finished. What it had read whole is not read again.',
        confirm: 'Resume the run',
        reason: 'optional',
      },
    },
  ]
  return { resume, looksOfResume }
}
