import { useThrottleFn } from '@vueuse/core'
import { useRouter } from 'vue-router'
import { graphql } from '../../gql/gql.ts'
import type { NewsFeedSubscription } from '../../gql/graphql.ts'
import { useUncached } from '../../graphql/uncached.ts'
import { textOf } from '../../graphql/text.ts'
import { follow } from '../../live/follow.ts'
import { useLive } from '../../live/live.ts'
import { showOnDesktop, sound } from './alerts.ts'
import { kindOf, kinds, summaryOf, type Note } from './news.ts'
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
const MeanwhileDocument = graphql(`
  query NewsOfMeanwhile($since: DateTime!) {
    deployments(first: 200, filter: { changedSince: $since }) {
      totalCount
      nodes {
        id
        state
        confirmation
        allowedActions
        createdBy {
          id
        }
        startedBy {
          id
        }
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
  const client = useUncached()
  const { socket } = useLive()
  const router = useRouter()

  const isMine = ({ createdBy, startedBy }: { createdBy: { id: string }; startedBy?: { id: string } | null }) =>
    [createdBy.id, startedBy?.id].includes(account)

  /** Its events are no longer to be had; what became of the deployments is: told as one line, and nobody is called for it. */
  async function lookBack(since: number) {
    const asked = { since: new Date(since).toISOString() }
    const { data } = await client.query(MeanwhileDocument, asked, { requestPolicy: 'network-only' })
    const { nodes = [], totalCount = 0 } = data?.deployments ?? {}
    const rules = news.rules.value
    const became = nodes.flatMap((found) => {
      const kind = kindOf(found)
      if (!news.remember(found.id, kind ?? found.state) || !kind) return []
      return rules.onlyMine && !isMine(found) && kind !== 'approval' ? [] : [kind]
    })
    const summary = summaryOf(became)
    if (!summary || !rules.ways[kinds[summary.kind].severity].list) return
    const more = totalCount - nodes.length
    const cause = more > 0 ? `${more} older ones that changed too are not counted here.` : null
    news.add({ ...summary, seq: news.readTo.value + 1, at: Date.now(), deployment: null, cause })
  }

  async function look(id: string, seq: number, at: number) {
    const { data } = await client.query(LookDocument, { id })
    const found = data?.deployment
    if (!found) return
    const kind = kindOf(found)
    if (!news.remember(id, kind ?? found.state) || !kind) return
    const rules = news.rules.value
    if (rules.onlyMine && !isMine(found) && kind !== 'approval') return
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
        const happened = at ? Date.parse(at) : Date.now()
        void moveTo(position, happened)
        if (topic !== 'deployment.changed' || !nodeId) return
        clearTimeout(waiting.get(nodeId))
        waiting.set(
          nodeId,
          setTimeout(() => {
            waiting.delete(nodeId)
            void look(nodeId, seq, happened)
          }, gather),
        )
      },
      // The log of then is gone: it goes on with what happens now, and afterwards it is asked what became of the deployments.
      resync: async () => {
        const since = news.heardAt.value
        if (since !== null) setTimeout(() => void lookBack(since), gather)
        return null
      },
    })
    return () => {
      stop()
      waiting.forEach(clearTimeout)
    }
  })
}
