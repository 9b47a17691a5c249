import { computed } from 'vue'
import { graphql } from '../../gql/gql.ts'
import { useAction } from '../../live/useAction.ts'

const RetryDocument = graphql(`
  mutation TargetsRetry($input: TargetsInput!) {
    targetsRetry(input: $input) {
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
const ExcludeDocument = graphql(`
  mutation TargetsExclude($input: TargetsInput!) {
    targetsExclude(input: $input) {
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
const ResolveDocument = graphql(`
  mutation TargetsResolve($input: TargetsResolveInput!) {
    targetsResolve(input: $input) {
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
const ConfirmDocument = graphql(`
  mutation ManualTargetsConfirm($input: ManualTargetsConfirmInput!) {
    manualTargetsConfirm(input: $input) {
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
const FailDocument = graphql(`
  mutation ManualTargetsFail($input: ManualTargetsFailInput!) {
    manualTargetsFail(input: $input) {
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

/** The mutations of many targets, each one call for all of them; `words` are the reason, statement or cause. */
export function useChosenMoves() {
  const retry = useAction(RetryDocument)
  const exclude = useAction(ExcludeDocument)
  const resolve = useAction(ResolveDocument)
  const confirm = useAction(ConfirmDocument)
  const fail = useAction(FailDocument)
  type Targets = { id: string; targetIds: string[] }
  const does = {
    retry: (some: Targets) => retry.run(some),
    exclude: (some: Targets, reason: string | null) => exclude.run({ ...some, reason }),
    resolveOk: (some: Targets, reason: string | null) => resolve.run({ ...some, outcome: 'OK', reason }),
    resolveFailed: (some: Targets, reason: string | null) => resolve.run({ ...some, outcome: 'FAILED', reason }),
    confirm: (some: Targets, words: string | null) => confirm.run({ ...some, statement: words ?? '' }),
    fail: (some: Targets, words: string | null) => fail.run({ ...some, cause: words ?? '' }),
  }
  const all = [retry, exclude, resolve, confirm, fail]
  const forget = () => all.forEach(({ refusals }) => (refusals.value = []))
  const send = async (action: keyof typeof does, some: Targets, words: string | null) => {
    forget()
    return (await does[action](some, words)) !== null
  }
  return {
    send,
    forget,
    refusals: computed(() => all.flatMap(({ refusals }) => refusals.value)),
    busy: computed(() => all.some(({ busy }) => busy.value)),
  }
}
export type ChosenAction = Parameters<ReturnType<typeof useChosenMoves>['send']>[0]
