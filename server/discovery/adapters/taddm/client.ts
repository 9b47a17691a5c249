/** The one request that reading TADDM needs: a page of an MQL query. Secrets are in the header and in no message. */
import { setTimeout as pause } from 'node:timers/promises'
import type { TaddmConfig } from './config.ts'

/** An object of the model: `_class`, `guid` and what else is known. */
export type TaddmObject = Record<string, unknown> & { _class: string; guid: string }

export interface Page {
  objects: TaddmObject[]
  /** Of the request, for reports. */
  address: string
}

/** The server does not take this query; another may be good. */
export class QueryRefused extends Error {
  constructor(
    message: string,
    readonly address: string,
  ) {
    super(message)
  }
}

const TRIES = 4
const LARGEST = 67_108_864 // 64 MiB a page

export interface ClientParts {
  /** Milliseconds before another try; grows by twice. */
  patience: number
}

export async function queryPage(
  { url, user, password, fetchSize, timeout }: TaddmConfig,
  query: string,
  position: number,
  signal: AbortSignal,
  { patience }: ClientParts,
): Promise<Page> {
  const parameters = new URLSearchParams({
    query,
    depth: '1',
    fetchSize: String(fetchSize),
    position: String(position),
    feed: 'json',
  })
  const headers = {
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    accept: 'application/json',
  }
  const address = `${url}/rest/model/MQLQuery?${parameters.toString()}`
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    const limit = AbortSignal.timeout(timeout)
    let failure: string
    try {
      const answer = await fetch(address, { headers, redirect: 'manual', signal: AbortSignal.any([signal, limit]) })
      if (answer.status < 500) return { objects: objectsOf(await textOf(answer, url, address), url, address), address }
      await answer.body?.cancel()
      failure = `answers ${answer.status}`
    } catch (error) {
      if (error instanceof QueryRefused || error instanceof Unusable) throw error
      signal.throwIfAborted()
      failure = limit.aborted ? `does not answer within ${timeout / 1_000} s` : `cannot be reached (${causeOf(error)})`
    }
    if (attempt === TRIES) throw new Unusable(`TADDM at ${url} ${failure}, also after ${TRIES} tries.`, address, true)
    await pause(patience * 2 ** (attempt - 1), undefined, { signal })
  }
}

/** Trying again will not help. */
export class Unusable extends Error {
  constructor(
    message: string,
    readonly address: string,
    /** Nothing was read: it cannot be reached, or lets nobody in. */
    readonly isAway: boolean,
  ) {
    super(message)
  }
}

async function textOf(answer: Response, url: string, address: string): Promise<string> {
  if (answer.status !== 200) {
    const said = (await limited(answer, 2_000)).replace(/<[^>]*>|\s+/g, ' ').trim()
    if (answer.status === 401 || answer.status === 403) {
      throw new Unusable(
        `TADDM at ${url} refuses the user or the password (${answer.status}). Correct the settings.`,
        address,
        true,
      )
    }
    if (answer.status === 400) throw new QueryRefused(said || 'it gave no reason', address)
    throw new Unusable(
      `TADDM at ${url} answers ${answer.status}, so this is not the address of its REST API.`,
      address,
      true,
    )
  }
  const text = await limited(answer, LARGEST)
  if (text.length >= LARGEST) {
    throw new Unusable(
      `TADDM at ${url} sends pages of more than ${LARGEST} bytes. Set fewer objects a request.`,
      address,
      false,
    )
  }
  return text
}

async function limited(answer: Response, most: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length >= most) break
  }
  return text.slice(0, most)
}

function objectsOf(text: string, url: string, address: string): TaddmObject[] {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    throw new Unusable(`TADDM at ${url} sends something else than JSON.`, address, false)
  }
  const isObject = (one: unknown): one is TaddmObject =>
    typeof one === 'object' && one !== null && typeof (one as TaddmObject)._class === 'string'
  if (!Array.isArray(read) || !read.every(isObject)) {
    const wrong = Array.isArray(read) ? `, its element ${read.findIndex((one) => !isObject(one)) + 1} is none` : ''
    throw new Unusable(`TADDM at ${url} sends JSON that is no list of model objects${wrong}.`, address, false)
  }
  return read
}

const causeOf = (error: unknown) =>
  ((error as Error).cause as { code?: string } | undefined)?.code ?? (error as Error).name
