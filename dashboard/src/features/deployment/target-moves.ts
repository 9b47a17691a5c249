import { computed, ref } from 'vue'
import { graphql } from '../../gql/gql.ts'
import { useAction } from '../../live/useAction.ts'

const RetryDocument = graphql(`
  mutation TargetRetry($input: IdInput!) {
    targetRetry(input: $input) {
      target {
        id
        state
        version
        allowedActions
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
  mutation TargetExclude($input: IdInput!) {
    targetExclude(input: $input) {
      target {
        id
        state
        version
        allowedActions
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
  mutation TargetResolve($input: TargetResolveInput!) {
    targetResolve(input: $input) {
      target {
        id
        state
        version
        allowedActions
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
  mutation ManualConfirm($input: ManualTargetConfirmInput!) {
    manualTargetConfirm(input: $input) {
      target {
        id
        state
        version
        allowedActions
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
  mutation ManualFail($input: ManualTargetFailInput!) {
    manualTargetFail(input: $input) {
      target {
        id
        state
        version
        allowedActions
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`)

/** The mutations of one target, by the name of their action; `words` are the reason, statement or cause. */
export function useTargetMoves() {
  const retry = useAction(RetryDocument)
  const exclude = useAction(ExcludeDocument)
  const resolve = useAction(ResolveDocument)
  const confirm = useAction(ConfirmDocument)
  const fail = useAction(FailDocument)
  const refusal = ref<string | null>(null)
  const does: Record<string, (id: string, words: string | null) => Promise<unknown>> = {
    retry: (id) => retry.run({ id }),
    exclude: (id, reason) => exclude.run({ id, reason }),
    resolveOk: (id, reason) => resolve.run({ id, outcome: 'OK', reason }),
    resolveFailed: (id, reason) => resolve.run({ id, outcome: 'FAILED', reason }),
    confirm: (id, words) => confirm.run({ id, statement: words ?? '' }),
    fail: (id, words) => fail.run({ id, cause: words ?? '' }),
  }
  const all = [retry, exclude, resolve, confirm, fail]
  const send = async (action: string, id: string, words: string | null) => {
    all.forEach((each) => (each.refusal.value = null))
    const done = await does[action]!(id, words)
    refusal.value = all.find((each) => each.refusal.value)?.refusal.value ?? null
    return done !== null
  }
  return { send, refusal, busy: computed(() => all.some(({ busy }) => busy.value)) }
}
