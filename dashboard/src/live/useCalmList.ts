import { computed, provide, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { useRoute } from 'vue-router'
import { leftRowsKey } from '../composables/leftRows.ts'
import { settle, type Calm, type ListPage } from './calm.ts'
import { useLive } from './live.ts'

/** What has come and gone since the rows were put in their order. */
export type News = Omit<Calm<unknown>, 'rows'>

/** What one has asked for or done oneself is shown as it comes. */
const own = 2_500 // 2.5 s

/**
 * A list that follows the log without jumping under the reader's eyes: rows change where they are, those that have left stay
 * and are marked, and new ones wait until the reader wants them; `<NewRows>` says so. What `asked` names is the list;
 * another one begins anew. On a wall nobody could ask for the new rows, so there they come at once. Call it once in a
 * component.
 */
export function useCalmList<Page extends ListPage<object>>(
  page: () => Page | null | undefined,
  asked: () => unknown,
  keyOf: (row: Page['nodes'][number]) => string = (row) => (row as { id: string }).id,
): { list: Readonly<ShallowRef<Page | undefined>>; news: ComputedRef<News>; renew: () => void } {
  type Row = Page['nodes'][number]
  const route = useRoute()
  const { activity } = useLive()
  const calm = shallowRef<Calm<Row>>(settled([]))
  const list = shallowRef<Page>()
  /** What the rows are of, and when the first of them came. */
  let of = ''
  let since = 0

  const take = (now: Page, anew: boolean) => {
    const before = anew ? [] : calm.value.rows
    // An empty list has nothing that could jump.
    calm.value = before.length ? settle<Row>(before, now, keyOf) : settled<Row>(now.nodes)
    const { rows, waiting, left } = calm.value
    const totalCount = now.totalCount === undefined ? undefined : now.totalCount - waiting + left.size
    list.value = { ...now, nodes: rows, ...(totalCount !== undefined && { totalCount }) }
  }
  watch(
    page,
    (now) => {
      if (!now) return (list.value = undefined)
      const asks = JSON.stringify(asked())
      if (asks !== of) since = Date.now()
      of = asks
      const flows = route.query.wall !== undefined || Date.now() - Math.max(since, activity.actedAt) < own
      return take(now, flows)
    },
    { immediate: true, flush: 'sync' },
  )
  const renew = () => {
    const now = page()
    if (now) take(now, true)
  }
  provide(
    leftRowsKey,
    computed(() => calm.value.left),
  )
  return { list, news: computed(() => calm.value), renew }
}

const settled = <Row>(rows: readonly Row[]): Calm<Row> => ({
  rows: [...rows],
  waiting: 0,
  left: new Set(),
  behind: 0,
  moved: false,
})
