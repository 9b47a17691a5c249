import { useClientHandle } from '@urql/vue'
import { watch } from 'vue'
import { useToasts } from '../../composables/useToasts.ts'
import { graphql } from '../../gql/gql.ts'
import { useLive } from '../../live/live.ts'

const HeadDocument = graphql(`
  query Head {
    system {
      head
    }
  }
`)

/**
 * After a cut socket: asks how far the log has come, so that the pill can say how many events are missing, asks the page
 * again, and says how many were caught up. Readers without system.read see the pill go straight to live.
 */
export function useCatchUp() {
  const { client } = useClientHandle()
  const { connection, signal, activity } = useLive()
  const toasts = useToasts()
  let cutAt: number | null = null

  watch(
    () => connection.value.phase,
    async (phase, before) => {
      if (before === 'open' && phase !== 'open') cutAt ??= connection.value.seq
      if (phase !== 'open' || cutAt === null) return
      activity.refreshAll()
      const { data } = await client.query(HeadDocument, {}, { requestPolicy: 'network-only' }).toPromise()
      if (data) signal({ kind: 'heard', at: Date.now(), head: data.system.head })
    },
  )
  watch(
    () => connection.value,
    ({ phase, seq, head }) => {
      if (phase !== 'open' || cutAt === null || seq <= cutAt || seq < head) return
      const missed = seq - cutAt
      cutAt = null
      toasts.show({
        tone: 'confirmed',
        title: `Caught up ${missed} ${missed === 1 ? 'event' : 'events'}.`,
        text: 'Nothing was left out.',
      })
    },
  )
}
