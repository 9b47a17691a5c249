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

const ApproveDocument = graphql(`
  mutation ReleaseApprove($input: ReleaseApproveInput!) {
    releaseApprove(input: $input) {
      release {
        ...ReleaseMoved_release
        ...ApprovalCard_release
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

const RejectDocument = graphql(`
  mutation ReleaseReject($input: ReleaseRejectInput!) {
    releaseReject(input: $input) {
      release {
        ...ReleaseMoved_release
        ...ApprovalCard_release
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

/** Approves or rejects the release in the revision that is on the page. */
export function useReleaseDecisions(revision: () => number) {
  const approve = useAction(ApproveDocument)
  const reject = useAction(RejectDocument)
  type Decision = { id: string; reason?: string | null }
  return {
    approve: {
      run: ({ id, reason }: Decision) => approve.run({ id, revision: revision(), comment: reason }),
      refusal: approve.refusal,
    },
    reject: {
      run: ({ id, reason }: Decision) => reject.run({ id, revision: revision(), comment: reason ?? '' }),
      refusal: reject.refusal,
    },
  }
}

/** The mutations that move a release, by the name of their action. */
export const useReleaseMoves = () => ({
  plan: useAction(PlanDocument),
  revise: useAction(ReviseDocument),
  start: useAction(StartDocument),
  complete: useAction(CompleteDocument),
  close: useAction(CloseDocument),
  cancel: useAction(CancelDocument),
})
