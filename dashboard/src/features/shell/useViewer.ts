import { computed } from 'vue'
import { graphql } from '../../gql/gql.ts'
import { useLiveQuery } from '../../live/useLiveQuery.ts'

const ViewerDocument = graphql(`
  query ShellViewer {
    installation {
      version
    }
    viewer {
      account {
        id
        name
        login
      }
      permissions {
        permission
      }
    }
  }
`)
const CountsDocument = graphql(`
  query ShellCounts {
    now {
      running
      needsIntervention
      awaitingMyApproval
      releasesAwaitingMyApproval
      myTasks
      openDifferences
      discovering
    }
  }
`)

/**
 * Who is signed in, what they may see, and what waits for them: the figures beside the navigation. Two queries, so that
 * a figure that cannot be told does not take the way through the product with it.
 */
export function useViewer() {
  const { data } = useLiveQuery({ query: ViewerDocument, topics: ['account.'] })
  const { data: figures } = useLiveQuery({
    query: CountsDocument,
    topics: ['deployment.changed', 'release.', 'task.', 'reconciliation.', 'discovery.', 'validation.changed'],
  })
  const permissions = computed(() => new Set(data.value?.viewer?.permissions.map(({ permission }) => permission)))
  const counts = computed(() => {
    const now = figures.value?.now
    if (!now) return null
    const { awaitingMyApproval, releasesAwaitingMyApproval, needsIntervention, myTasks } = now
    return { ...now, waiting: awaitingMyApproval + releasesAwaitingMyApproval + needsIntervention + myTasks }
  })
  return {
    account: computed(() => data.value?.viewer?.account),
    version: computed(() => data.value?.installation.version),
    /** True when there is no session. */
    isNobody: computed(() => data.value?.viewer === null),
    permissions,
    counts,
  }
}
