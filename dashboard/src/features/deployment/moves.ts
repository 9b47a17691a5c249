import { graphql } from '../../gql/gql.ts'
import { useAction } from '../../live/useAction.ts'

/** What every move of a deployment changes at once; the rest of the page follows by events. */
export const DeploymentMovedFragment = graphql(`
  fragment DeploymentMoved_deployment on Deployment {
    id
    state
    version
    allowedActions
    canRollBack
  }
`)

const StartDocument = graphql(`
  mutation DeploymentStart($input: MoveInput!) {
    deploymentStart(input: $input) {
      deployment {
        ...DeploymentMoved_deployment
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
const ValidateDocument = graphql(`
  mutation DeploymentValidate($input: MoveInput!) {
    deploymentValidate(input: $input) {
      deployment {
        ...DeploymentMoved_deployment
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
const PauseDocument = graphql(`
  mutation DeploymentPause($input: MoveInput!) {
    deploymentPause(input: $input) {
      deployment {
        ...DeploymentMoved_deployment
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
const ResumeDocument = graphql(`
  mutation DeploymentResume($input: MoveInput!) {
    deploymentResume(input: $input) {
      deployment {
        ...DeploymentMoved_deployment
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
const RetryFailedDocument = graphql(`
  mutation DeploymentRetryFailed($input: MoveInput!) {
    deploymentRetryFailed(input: $input) {
      deployment {
        ...DeploymentMoved_deployment
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
const RollBackDocument = graphql(`
  mutation DeploymentRollBack($input: MoveInput!) {
    deploymentRollBack(input: $input) {
      deployment {
        ...DeploymentMoved_deployment
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
const CancelDocument = graphql(`
  mutation DeploymentCancel($input: MoveInput!) {
    deploymentCancel(input: $input) {
      deployment {
        ...DeploymentMoved_deployment
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
export const ApproveDocument = graphql(`
  mutation DeploymentApprove($input: DeploymentApproveInput!) {
    deploymentApprove(input: $input) {
      deployment {
        ...DeploymentMoved_deployment
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
export const RejectDocument = graphql(`
  mutation DeploymentReject($input: DeploymentRejectInput!) {
    deploymentReject(input: $input) {
      deployment {
        ...DeploymentMoved_deployment
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

/** The mutations that move a deployment, by the name of their action. */
export const useMoves = () => ({
  start: useAction(StartDocument),
  validate: useAction(ValidateDocument),
  pause: useAction(PauseDocument),
  resume: useAction(ResumeDocument),
  retryFailed: useAction(RetryFailedDocument),
  rollBack: useAction(RollBackDocument),
  cancel: useAction(CancelDocument),
})
