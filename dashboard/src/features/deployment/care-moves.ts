import { graphql } from '../../gql/gql.ts'
import { useAction } from '../../live/useAction.ts'

/** What each of these moves gives back. */
export const CareMovesPayload = graphql(`
  fragment CareMoves_payload on DeploymentPayload {
    deployment {
      id
    }
    userErrors {
      code
      message
      field
    }
  }
`)
const HoldDocument = graphql(`
  mutation Hold($input: MoveInput!) {
    deploymentHold(input: $input) {
      ...CareMoves_payload
    }
  }
`)
const LetGoDocument = graphql(`
  mutation LetGo($input: MoveInput!) {
    deploymentLetGo(input: $input) {
      ...CareMoves_payload
    }
  }
`)
const AcknowledgeHandOverDocument = graphql(`
  mutation AcknowledgeHandOver($input: MoveInput!) {
    handOverAcknowledge(input: $input) {
      ...CareMoves_payload
    }
  }
`)
const DeclineHandOverDocument = graphql(`
  mutation DeclineHandOver($input: MoveInput!) {
    handOverDecline(input: $input) {
      ...CareMoves_payload
    }
  }
`)
const WithdrawHandOverDocument = graphql(`
  mutation WithdrawHandOver($input: MoveInput!) {
    handOverWithdraw(input: $input) {
      ...CareMoves_payload
    }
  }
`)
export const HandOverDocument = graphql(`
  mutation HandOver($input: DeploymentHandOverInput!) {
    deploymentHandOver(input: $input) {
      ...CareMoves_payload
    }
  }
`)
export const PinNoteDocument = graphql(`
  mutation PinNote($input: ShiftNotePinInput!) {
    shiftNotePin(input: $input) {
      ...CareMoves_payload
    }
  }
`)
const ClearNoteDocument = graphql(`
  mutation ClearNote($input: IdInput!) {
    shiftNoteClear(input: $input) {
      ...CareMoves_payload
    }
  }
`)
const AcknowledgeDocument = graphql(`
  mutation Acknowledge($input: IdInput!) {
    deploymentAcknowledge(input: $input) {
      ...CareMoves_payload
    }
  }
`)
const UnacknowledgeDocument = graphql(`
  mutation Unacknowledge($input: IdInput!) {
    deploymentUnacknowledge(input: $input) {
      ...CareMoves_payload
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
