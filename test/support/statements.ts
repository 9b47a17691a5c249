import { AsyncLocalStorage } from 'node:async_hooks'
import { Client } from 'pg'

const counting = new AsyncLocalStorage<string[]>()

/**
 * The SQL statements that `work` itself sends, those of transactions left out. What other parts of the program send
 * meanwhile does not count: the sequencer, jobs and followers of the log go on beside every test.
 */
export async function countStatements(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = []
  await watch(
    (text) => counting.getStore()?.push(text),
    () => counting.run(statements, work),
  )
  return statements
}

/** The statements of the whole process while `work` runs: for work that is done behind a socket. */
export async function countStatementsMeanwhile(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = []
  await watch((text) => statements.push(text), work)
  return statements
}

async function watch(see: (text: string) => void, work: () => Promise<unknown>): Promise<void> {
  const query = Client.prototype.query as (...args: unknown[]) => unknown
  Client.prototype.query = function (this: Client, ...args: unknown[]) {
    const [first] = args
    const text = typeof first === 'string' ? first : ((first as { text?: string })?.text ?? '')
    if (!/^(begin|commit|rollback|savepoint|release|start transaction)/i.test(text)) see(text)
    return query.apply(this, args)
  } as typeof Client.prototype.query
  try {
    await work()
  } finally {
    Client.prototype.query = query as typeof Client.prototype.query
  }
}
