import { graphql } from '../../gql/gql.ts'
import { useAction } from '../../live/useAction.ts'

const HoldDocument = graphql(`
  mutation Hold($input: MoveInput!) {
    deploymentHold(input: $input) {
      deployment {
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
const LetGoDocument = graphql(`
  mutation LetGo($input: MoveInput!) {
    deploymentLetGo(input: $input) {
      deployment {
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
const AcknowledgeHandOverDocument = graphql(`
  mutation AcknowledgeHandOver($input: MoveInput!) {
    handOverAcknowledge(input: $input) {
      deployment {
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
const DeclineHandOverDocument = graphql(`
  mutation DeclineHandOver($input: MoveInput!) {
    handOverDecline(input: $input) {
      deployment {
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
const WithdrawHandOverDocument = graphql(`
  mutation WithdrawHandOver($input: MoveInput!) {
    handOverWithdraw(input: $input) {
      deployment {
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
export const HandOverDocument = graphql(`
  mutation HandOver($input: DeploymentHandOverInput!) {
    deploymentHandOver(input: $input) {
      deployment {
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
export const PinNoteDocument = graphql(`
  mutation PinNote($input: ShiftNotePinInput!) {
    shiftNotePin(input: $input) {
      deployment {
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
const ClearNoteDocument = graphql(`
  mutation ClearNote($input: IdInput!) {
    shiftNoteClear(input: $input) {
      deployment {
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
const AcknowledgeDocument = graphql(`
  mutation Acknowledge($input: IdInput!) {
    deploymentAcknowledge(input: $input) {
      deployment {
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
const UnacknowledgeDocument = graphql(`
  mutation Unacknowledge($input: IdInput!) {
    deploymentUnacknowledge(input: $input) {
      deployment {
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

/** What is done by one press, by the name of its action; those of the hold expect its version. */
export function useCareMoves() {
  const hold = useAction(HoldDocument)
  return {
    ofHold: {
      hold,
      takeOver: hold,
      letGo: useAction(LetGoDocument),
      acknowledgeHandOver: useAction(AcknowledgeHandOverDocument),
      declineHandOver: useAction(DeclineHandOverDocument),
      withdrawHandOver: useAction(WithdrawHandOverDocument),
    },
    others: {
      clearNote: useAction(ClearNoteDocument),
      acknowledge: useAction(AcknowledgeDocument),
      unacknowledge: useAction(UnacknowledgeDocument),
    },
  }
}
