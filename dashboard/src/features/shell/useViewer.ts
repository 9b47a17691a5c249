import { computed } from 'vue'
import { graphql } from '../../gql/gql.ts'
import { useLiveQuery } from '../../live/useLiveQuery.ts'

const ShellDocument = graphql(`
  query Shell {
    installation {
      version
      setUp
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
    now {
      running
      needsIntervention
      awaitingMyApproval
      myTasks
      openDifferences
      discovering
    }
  }
`)

/** Who is signed in, what they may see, and what waits for them: the figures beside the navigation. */
export function useViewer() {
  const { data, error } = useLiveQuery({
    query: ShellDocument,
    topics: ['deployment.changed', 'task.', 'reconciliation.', 'discovery.', 'account.', 'validation.changed'],
  })
  const permissions = computed(() => new Set(data.value?.viewer?.permissions.map(({ permission }) => permission)))
  const counts = computed(() => {
    const now = data.value?.now
    if (!now) return null
    return { ...now, waiting: now.awaitingMyApproval + now.needsIntervention + now.myTasks }
  })
  return {
    account: computed(() => data.value?.viewer?.account),
    permissions,
    counts,
    version: computed(() => data.value?.installation.version),
    error,
  }
}
