import type { CDPSession, Page } from 'playwright-core'

/** What the page holds after its rubbish was collected. */
export interface Held {
  /** Bytes of JavaScript objects. */
  heap: number
  nodes: number
  listeners: number
}

export async function held(session: CDPSession): Promise<Held> {
  // What the first round frees is let go of by finalizers that the second one sees.
  for (let round = 0; round < 2; round++) await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters')
  return { heap: usedSize, nodes, listeners: jsEventListeners }
}

/** What came through the sockets of a page, as the browser itself saw it. */
export interface Heard {
  /** What the stream of all changes told of, in its order: topic and id. */
  changes: string[]
  /** The place in the log where that stream began, and the one up to which it came. */
  from: number
  to: number
  messages: number
  /** Messages that were not later than the one before, of the same subscription of the same socket. */
  backwards: number
  resyncs: number
}

interface Message {
  id?: string
  type: string
  payload?: {
    query?: string
    data?: Record<string, { seq?: number; topic?: string; nodeId?: string; resync?: boolean } | null>
  }
}

/** Reads along with all sockets of the page from now on. */
export function listen(page: Page): Heard {
  const heard: Heard = { changes: [], from: Infinity, to: 0, messages: 0, backwards: 0, resyncs: 0 }
  page.on('websocket', (socket) => {
    const last = new Map<string, number>()
    const ofChanges = new Set<string>()
    socket.on('framesent', ({ payload }) => {
      const { id, type, payload: body } = JSON.parse(String(payload)) as Message
      if (!id || type !== 'subscribe') return
      last.delete(id)
      if (body?.query?.includes('subscription Activity(')) ofChanges.add(id)
    })
    socket.on('framereceived', ({ payload }) => {
      const { id = '', type, payload: body } = JSON.parse(String(payload)) as Message
      if (type !== 'next' || !body?.data) return
      heard.messages++
      for (const message of Object.values(body.data)) {
        if (message?.seq === undefined) continue
        if (message.resync) heard.resyncs++
        if (message.seq < (last.get(id) ?? 0)) heard.backwards++
        last.set(id, message.seq)
        if (!ofChanges.has(id)) continue
        heard.from = Math.min(heard.from, message.seq)
        heard.to = Math.max(heard.to, message.seq)
        if (message.topic) heard.changes.push(`${message.topic} ${message.nodeId}`)
      }
    })
  })
  return heard
}

/** How many of `wanted` are not in `got`, and how many of `got` are too many or out of order. */
export function compareInOrder(wanted: readonly string[], got: readonly string[]) {
  let [at, missed] = [0, 0]
  for (const each of wanted) {
    if (got[at] === each) at++
    else missed++
  }
  return { missed, surplus: got.length - at }
}

/** The tiles of a deployment on the board: the name of each target and the words under it. */
export async function tilesOf(page: Page, number: string): Promise<Record<string, string>> {
  const tiles = await page
    .getByRole('list', { name: `Targets of ${number}` })
    .getByRole('button')
    .all()
  const read = await Promise.all(
    tiles.map((tile) =>
      tile
        .locator('span.block')
        .allTextContents()
        .catch(() => []),
    ),
  )
  return Object.fromEntries(read.map(([name = '', words = '']) => [name.trim(), words.trim()]))
}
