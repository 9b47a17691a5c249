import { graphql } from '../../gql/gql.ts'
import { useAction } from '../../live/useAction.ts'

/** What every change of a task changes at once; the rest of the page follows by events. */
export const TaskMovedFragment = graphql(`
  fragment TaskMoved_task on Task {
    id
    state
    version
    allowedActions
  }
`)

const StartDocument = graphql(`
  mutation TaskStart($input: MoveInput!) {
    taskStart(input: $input) {
      task {
        ...TaskMoved_task
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
  mutation TaskComplete($input: MoveInput!) {
    taskComplete(input: $input) {
      task {
        ...TaskMoved_task
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
  mutation TaskCancel($input: MoveInput!) {
    taskCancel(input: $input) {
      task {
        ...TaskMoved_task
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

/** The mutations that move a task, by the name of their action. */
export const useTaskMoves = () => ({
  start: useAction(StartDocument),
  complete: useAction(CompleteDocument),
  cancel: useAction(CancelDocument),
})
