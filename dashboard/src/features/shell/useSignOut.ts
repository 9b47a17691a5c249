import { graphql } from '../../gql/gql.ts'
import { useAction } from '../../live/useAction.ts'

/** Ends the session and goes to the sign-in; what speaks against it a toast says. */
export function useSignOut(): () => Promise<void> {
  const signOut = useAction(
    graphql(`
      mutation SignOut($input: PlainInput!) {
        signOut(input: $input) {
          signedOut
          userErrors {
            code
            message
            field
          }
        }
      }
    `),
  )
  return async () => {
    // A new document, so that nothing of this person stays in memory.
    if (await signOut.run({}, true)) location.assign('/sign-in')
  }
}
