import { watch, type Ref } from 'vue'

/** Keeps the root of a graph that is higher than its pane in sight, whenever the graph is drawn with other nodes. */
export function useRootInSight(
  pane: Ref<HTMLElement | null>,
  graph: () => { nodes: readonly { id: string }[] } | undefined,
) {
  watch(
    () => [pane.value, graph()?.nodes[0]?.id, graph()?.nodes.length] as const,
    ([box, root]) => {
      const node = root && box?.querySelector(`[data-node="${CSS.escape(root)}"]`)
      if (!box || !node) return
      const [around, at] = [box.getBoundingClientRect(), node.getBoundingClientRect()]
      box.scrollTop += at.top - around.top - (around.height - at.height) / 2
    },
    { flush: 'post' },
  )
}
