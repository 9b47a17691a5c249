import { computed, shallowRef, type ComputedRef } from 'vue'
import { graphql } from '../../gql/gql.ts'
import type { FindingsSubscription } from '../../gql/graphql.ts'
import { textOf } from '../../graphql/text.ts'
import { useStream } from '../../live/live.ts'
import { useLiveQuery } from '../../live/useLiveQuery.ts'

const PageDocument = graphql(`
  query FindingsPage($id: ID!) {
    deployment(id: $id) {
      id
      validation {
        id
        finishedAt
        counts {
          block
          warning
          pass
        }
        findings(first: 200) {
          totalCount
          nodes {
            id
            rule
            title
            severity
            message
            advice
            evidence
            at
            itemName
            item {
              id
            }
          }
        }
      }
    }
  }
`)
const StreamDocument = graphql(`
  subscription Findings($id: ID!, $after: Position) {
    validationFindings(deploymentId: $id, after: $after) {
      seq
      position
      resync
      validation {
        id
      }
      findings {
        id
        rule
        title
        severity
        message
        advice
        evidence
        at
        itemName
        item {
          id
        }
      }
    }
  }
`)

export type FindingLine = FindingsSubscription['validationFindings']['findings'][number]
export interface Findings {
  list: ComputedRef<readonly FindingLine[]>
  count: ComputedRef<number>
  /** How many more there are, about items that the reader does not see; known once the validation has ended. */
  hidden: ComputedRef<number>
  refresh: () => void
}

/** The findings of the newest validation, as they come: what is stored, and the stream on top of it. */
export function useFindings(deploymentId: string): Findings {
  const { data, refresh } = useLiveQuery({
    query: PageDocument,
    variables: { id: deploymentId },
    topics: ['validation.'],
  })
  const fresh = shallowRef<{ validation: string | null; list: readonly FindingLine[] }>({ validation: null, list: [] })

  useStream<FindingsSubscription>({
    query: textOf(StreamDocument),
    variables: { id: deploymentId },
    after: null,
    position: ({ validationFindings }) => validationFindings,
    apply({ validationFindings: { validation, findings } }) {
      if (findings.length === 0 && !validation) return
      const before = fresh.value
      const same = !validation || before.validation === validation.id
      fresh.value = {
        validation: validation?.id ?? before.validation,
        list: [...(same ? before.list : []), ...findings],
      }
    },
    resync: async () => {
      refresh()
      return null
    },
  })

  const list = computed(() => {
    const stored = data.value?.deployment?.validation
    const { validation, list } = fresh.value
    const begun = validation !== null && validation !== stored?.id
    const all = new Map<string, FindingLine>()
    if (!begun) for (const finding of stored?.findings.nodes ?? []) all.set(finding.id, finding)
    for (const finding of list) all.set(finding.id, finding)
    return [...all.values()]
  })
  const count = computed(() =>
    Math.max(list.value.length, data.value?.deployment?.validation?.findings.totalCount ?? 0),
  )
  const hidden = computed(() => {
    const stored = data.value?.deployment?.validation
    if (!stored?.finishedAt) return 0
    const { block, warning, pass } = stored.counts
    return Math.max(0, block + warning + pass - stored.findings.totalCount)
  })
  return { list, count, hidden, refresh }
}
