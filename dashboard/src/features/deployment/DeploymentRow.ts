import { graphql } from '../../gql/gql.ts'

export const DeploymentRowFragment = graphql(`
  fragment DeploymentRow_deployment on Deployment {
    id
    number
    title
    state
    confirmation
    targetTotal
    createdAt
    startedAt
    finishedAt
    release {
      id
      number
    }
    source {
      id
      number
      package {
        id
        name
      }
    }
    counts {
      ...Shares_counts
    }
    care {
      hold {
        holder {
          id
          name
        }
      }
      acknowledgement {
        by {
          id
          name
        }
      }
    }
    estimate {
      lowSeconds
      highSeconds
      basis
      at
    }
    progress {
      percent
    }
  }
`)
