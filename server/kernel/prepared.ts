import { Client, type QueryConfig, type QueryResult } from 'pg'

const MARK = '/* prepared */ '

/**
 * SQL that a connection plans once and keeps, for what nearly every request asks. Not for statements whose best plan
 * depends on their values.
 */
export const prepared = (text: string) => MARK + text

/** The client of the pools: gives statements that are to be kept the name that the protocol keeps them by. */
export class PreparingClient extends Client {
  #names = new Map<string, string>()

  // The callers use two forms, a text with values and a config; the other overloads pass through.
  override query(...args: unknown[]): never {
    const [text, values, ...rest] = args
    const send = super.query.bind(this) as (...args: unknown[]) => Promise<QueryResult>
    if (typeof text !== 'string' || !text.startsWith(MARK)) return send(...args) as never
    const config: QueryConfig = { name: this.#nameOf(text), text, values: values as unknown[] }
    return send(config, ...rest) as never
  }

  #nameOf(text: string): string {
    const known = this.#names.get(text)
    if (known) return known
    const name = `kept ${this.#names.size}`
    this.#names.set(text, name)
    return name
  }
}
