import { useClientHandle } from '@urql/vue'
import { useIntervalFn } from '@vueuse/core'
import { computed, onMounted, ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { graphql } from '../../gql/gql.ts'
import { useLive } from '../../live/live.ts'
import { pathOfTurn, playlistOf } from './boards.ts'

const NumberDocument = graphql(`
  query WallDeploymentByNumber($number: String!) {
    deployments(first: 200, filter: { search: $number }) {
      nodes {
        id
        number
      }
    }
  }
`)
const ViewsDocument = graphql(`
  query WallViews {
    savedViews(first: 200) {
      nodes {
        id
        path
      }
    }
  }
`)

/**
 * Boards in turn. It holds while the connection is cut: a board that cannot be asked for is no better than the one that
 * stands there grey. A board that is gone, or that this account may not see, is passed over.
 */
export function usePlaylist() {
  const route = useRoute()
  const router = useRouter()
  const { client } = useClientHandle()
  const { connection } = useLive()
  const playlist = computed(() => playlistOf(route.query))
  const held = ref(false)
  const left = ref(playlist.value.every)
  let going = false

  /** Undefined when the question itself failed, null when there is no such board. */
  async function placeOf(board: string): Promise<string | null | undefined> {
    if (board === 'now') return '/wall'
    if (board.startsWith('dpl_')) return `/deployments/${board}`
    if (board.startsWith('sav_')) {
      const { data } = await client.query(ViewsDocument, {}, { requestPolicy: 'network-only' })
      return data && (data.savedViews.nodes.find(({ id }) => id === board)?.path ?? null)
    }
    const { data } = await client.query(NumberDocument, { number: board }, { requestPolicy: 'network-only' })
    const found = data?.deployments.nodes.find(({ number }) => number.toLowerCase() === board.toLowerCase())
    return data && (found ? `/deployments/${found.id}` : null)
  }

  /** To the board `first` or the next one, in the direction of `step`, that can be shown. */
  async function go(first: number, step: 1 | -1 = 1) {
    const now = playlist.value
    const count = now.boards.length
    if (going || count === 0) return
    going = true
    try {
      for (let tried = 0; tried < count; tried++) {
        const turn = (((first + tried * step) % count) + count) % count
        const place = await placeOf(now.boards[turn]!)
        if (place === undefined) break
        if (place === null) continue
        await router.replace(pathOfTurn(place, now, turn))
        break
      }
    } finally {
      left.value = now.every
      going = false
    }
  }

  onMounted(() => void go(playlist.value.turn))
  useIntervalFn(() => {
    if (held.value || playlist.value.boards.length < 2 || connection.value.phase !== 'open') return
    left.value -= 1
    if (left.value <= 0) void go(playlist.value.turn + 1)
  }, 1_000)

  return {
    playlist,
    held,
    /** Seconds until the next board. */
    left,
    next: () => go(playlist.value.turn + 1),
    previous: () => go(playlist.value.turn - 1, -1),
  }
}
