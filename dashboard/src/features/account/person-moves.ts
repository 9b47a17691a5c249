import { graphql } from '../../gql/gql.ts'
import { useAction } from '../../live/useAction.ts'

const GrantDocument = graphql(`
  mutation GrantRole($input: GrantCreateInput!) {
    grantCreate(input: $input) {
      account {
        ...PersonSheet_account
        id
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`)
const RevokeDocument = graphql(`
  mutation RevokeRole($input: IdInput!) {
    grantRevoke(input: $input) {
      account {
        ...PersonSheet_account
        id
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`)
const DisableDocument = graphql(`
  mutation DisableAccount($input: MoveInput!) {
    accountDisable(input: $input) {
      account {
        ...PersonSheet_account
        id
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`)

/** What an administrator can change about a person. */
export const usePersonMoves = () => ({
  grant: useAction(GrantDocument),
  revoke: useAction(RevokeDocument),
  disable: useAction(DisableDocument),
})
