import { graphql } from '../../gql/gql.ts'
import { useAction } from '../../live/useAction.ts'

/** What every change of a release changes at once; the rest of the page follows by events. */
export const ReleaseMovedFragment = graphql(`
  fragment ReleaseMoved_release on Release {
    id
    state
    version
    allowedActions
  }
`)

const PlanDocument = graphql(`
  mutation ReleasePlan($input: MoveInput!) {
    releasePlan(input: $input) {
      release {
        ...ReleaseMoved_release
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

const ReviseDocument = graphql(`
  mutation ReleaseRevise($input: MoveInput!) {
    releaseRevise(input: $input) {
      release {
        ...ReleaseMoved_release
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

const StartDocument = graphql(`
  mutation ReleaseStart($input: MoveInput!) {
    releaseStart(input: $input) {
      release {
        ...ReleaseMoved_release
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

const CompleteDocument = graphql(`
  mutation ReleaseComplete($input: MoveInput!) {
    releaseComplete(input: $input) {
      release {
        ...ReleaseMoved_release
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

const CloseDocument = graphql(`
  mutation ReleaseClose($input: MoveInput!) {
    releaseClose(input: $input) {
      release {
        ...ReleaseMoved_release
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
  mutation ReleaseCancel($input: MoveInput!) {
    releaseCancel(input: $input) {
      release {
        ...ReleaseMoved_release
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

/** The mutations that move a release, by the name of their action. */
export const useReleaseMoves = () => ({
  plan: useAction(PlanDocument),
  revise: useAction(ReviseDocument),
  start: useAction(StartDocument),
  complete: useAction(CompleteDocument),
  close: useAction(CloseDocument),
  cancel: useAction(CancelDocument),
})
