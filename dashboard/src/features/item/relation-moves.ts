import { graphql } from '../../gql/gql.ts'

/** Each takes back what the other did. */
export const RelationshipCreate = graphql(`
  mutation RelationshipCreate($input: RelationshipCreateInput!) {
    relationshipCreate(input: $input) {
      relationship {
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
export const RelationshipRemove = graphql(`
  mutation RelationshipRemove($input: IdInput!) {
    relationshipRemove(input: $input) {
      relationship {
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
