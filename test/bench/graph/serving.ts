import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Server {
  /** Where it answers GraphQL. */
  url: string
  /** Ends it, and answers when it is gone: the database may be stopped then. */
  end(): Promise<void>
}

/** Starts a server in a process of its own (serve.ts): `waybill` with its data folder, or `postgraphile` with its modules. */
export async function serve(what: 'waybill' | 'postgraphile', database: string, folder: string): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'serve.ts'), [what, database, folder], { execArgv: ['--import', 'tsx'] })
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${what} did not start`))),
  ])) as [{ url: string }]
  const gone = once(child, 'exit')
  return {
    url: message.url,
    async end() {
      child.kill()
      await gone
    },
  }
}
