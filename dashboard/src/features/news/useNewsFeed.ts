import { useClientHandle } from '@urql/vue'
import { useThrottleFn } from '@vueuse/core'
import { useRouter } from 'vue-router'
import { graphql } from '../../gql/gql.ts'
import type { NewsFeedSubscription } from '../../gql/graphql.ts'
import { textOf } from '../../graphql/text.ts'
import { follow } from '../../live/follow.ts'
import { useLive } from '../../live/live.ts'
import { showOnDesktop, sound } from './alerts.ts'
import { kindOf, kinds, type Note } from './news.ts'
import { waysOf } from './rules.ts'
import { isAnyInSight, useInSight, useLeader } from './tabs.ts'
import type { News } from './useNews.ts'

const FeedDocument = graphql(`
  subscription NewsFeed($after: Position) {
    activity(after: $after) {
      seq
      position
      resync
      topic
      nodeId
      at
    }
  }
`)
const LookDocument = graphql(`
  query NewsOfDeployment($id: ID!) {
    deployment(id: $id) {
      id
      number
      title
      state
      confirmation
      allowedActions
      createdBy {
        id
      }
      startedBy {
        id
      }
      causes {
        message
      }
    }
  }
`)
const gather = 400 // ms: several events of one deployment are one look
const keepEvery = 1_000 // ms between two writes of the position; what is heard twice after that is told once
const timely = 10 * 60_000 // ms; what happened before that is listed, but nobody is called for it

/**
 * Follows the log for one account, in one tab of this browser, from where it was left; looks at each deployment that
 * changed and notes what concerns the reader.
 */
export function useNewsFeed(account: string, news: News) {
  const { client } = useClientHandle()
  const { socket } = useLive()
  const router = useRouter()

  async function look(id: string, seq: number, at: number) {
    const { data } = await client.query(LookDocument, { id }, { requestPolicy: 'network-only' })
    const found = data?.deployment
    if (!found) return
    const kind = kindOf(found)
    if (!news.remember(id, kind ?? found.state) || !kind) return
    const rules = news.rules.value
    const isMine = [found.createdBy.id, found.startedBy?.id].includes(account)
    if (rules.onlyMine && !isMine && kind !== 'approval') return
    const { severity, words } = kinds[kind]
    const cause = severity === 'alarm' ? (found.causes[0]?.message ?? null) : null
    const note: Note = { seq, at, kind, deployment: id, number: found.number, title: found.title, cause }
    const ways = waysOf(rules, severity, { at: new Date(), inSight: await isAnyInSight() })
    if (ways.list) news.add(note)
    if (Date.now() - at > timely) return
    if (ways.sound) void sound(severity === 'alarm')
    if (!ways.desktop) return
    showOnDesktop({
      title: `${found.number} ${words}`,
      body: [found.title, cause].filter(Boolean).join('\n'),
      tag: `${id} ${kind}`,
      open: () => void router.push(`/deployments/${id}`),
    })
  }

  const moveTo = useThrottleFn(news.moveTo, keepEvery, true, false)
  useInSight()
  useLeader(`waybill.news.${account}`, () => {
    const waiting = new Map<string, ReturnType<typeof setTimeout>>()
    const stop = follow<NewsFeedSubscription>(socket, {
      query: textOf(FeedDocument),
      variables: {},
      after: news.position.value,
      position: ({ activity }) => activity,
      apply: ({ activity: { position, seq, topic, nodeId, at } }) => {
        void moveTo(position)
        if (topic !== 'deployment.changed' || !nodeId) return
        clearTimeout(waiting.get(nodeId))
        const happened = at ? Date.parse(at) : Date.now()
        waiting.set(
          nodeId,
          setTimeout(() => {
            waiting.delete(nodeId)
            void look(nodeId, seq, happened)
          }, gather),
        )
      },
      // The log of then is gone: what happened since cannot be told, and it goes on with what happens now.
      resync: async () => null,
    })
    return () => {
      stop()
      waiting.forEach(clearTimeout)
    }
  })
}
