import { graphql } from '../../gql/gql.ts'
import { useAction } from '../../live/useAction.ts'

/** With login and password; the answer sets the session cookie. */
export const useSignIn = () =>
  useAction(
    graphql(`
      mutation SignIn($input: SignInInput!) {
        signIn(input: $input) {
          viewer {
            account {
              id
            }
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `),
  )

/** With the one-time link that the server prints. */
export const useSignInWithLink = () =>
  useAction(
    graphql(`
      mutation SignInWithLink($input: SignInWithLinkInput!) {
        signInWithLink(input: $input) {
          viewer {
            account {
              id
            }
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `),
  )

/** The first administrator, with the one-time set-up link. */
export const useSetUp = () =>
  useAction(
    graphql(`
      mutation SetUp($input: InstallationSetUpInput!) {
        installationSetUp(input: $input) {
          viewer {
            account {
              id
            }
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `),
  )

/** A password for an account that an administrator prepared. */
export const useInvitation = () =>
  useAction(
    graphql(`
      mutation AcceptInvitation($input: InvitationAcceptInput!) {
        invitationAccept(input: $input) {
          viewer {
            account {
              id
            }
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `),
  )
