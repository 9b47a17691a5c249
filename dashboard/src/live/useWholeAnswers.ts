import type { AnyVariables, CombinedError, DocumentInput } from '@urql/core'
import { useClientHandle } from '@urql/vue'
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { useLive } from './live.ts'

/**
 * The latest answer to a query, asked again when the log names one of its topics, and as it came: nothing that other answers
 * say of the same things gets in, so that what is changed by it never has a newer version beside older fields.
 */
export function useWholeAnswers<Data, Variables extends AnyVariables>({
  query,
  variables,
  topics,
}: {
  query: DocumentInput<Data, Variables>
  variables: Variables
  topics: readonly string[]
}): { data: ShallowRef<Data | undefined>; error: ShallowRef<CombinedError | undefined> } {
  const { client } = useClientHandle()
  const data = shallowRef<Data>()
  const error = shallowRef<CombinedError>()
  let asking = false
  let heard = false
  const ask = async () => {
    heard = asking
    if (asking) return
    asking = true
    const answer = await client.query(query, variables, { requestPolicy: 'network-only' }).toPromise()
    asking = false
    if (answer.data) data.value = answer.data
    error.value = answer.error
    if (heard) void ask()
  }
  void ask()
  onScopeDispose(useLive().activity.on(topics, () => void ask()))
  return { data, error }
}
