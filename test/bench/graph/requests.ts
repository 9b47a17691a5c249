import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** One GraphQL request; its answer as text. */
export function ask(url: string, body: string, bearer?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(bearer && { authorization: `Bearer ${bearer}` }),
    }
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve(Buffer.concat(chunks).toString()))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Waits until impact is answered, with what asks the server. */
export async function graphIsBuilt(ask: (body: string) => Promise<string>): Promise<void> {
  const body = JSON.stringify({ query: '{ configurationItems(first: 1) { nodes { impact { total } } } }' })
  while (!(await ask(body)).includes('"total"')) await sleep(50)
}

/** Requests a second that `one` comes to, `at once` of them under way, over `ms`. */
export async function rate(one: (n: number) => Promise<unknown>, atOnce: number, ms: number): Promise<number> {
  const begun = performance.now()
  let done = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() - begun < ms) {
        await one(done)
        done++
      }
    }),
  )
  return (done / (performance.now() - begun)) * 1_000
}

export const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!

export const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!

export async function timed<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  const begun = performance.now()
  const answer = await work()
  return [answer, performance.now() - begun]
}
