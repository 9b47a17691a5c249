import { Client } from 'pg'

/** The SQL statements that this process sends while `work` runs, those of transactions themselves left out. */
export async function countStatements(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = []
  const query = Client.prototype.query as (...args: unknown[]) => unknown
  Client.prototype.query = function (this: Client, ...args: unknown[]) {
    const [first] = args
    const text = typeof first === 'string' ? first : ((first as { text?: string })?.text ?? '')
    if (!/^(begin|commit|rollback|savepoint|release|start transaction)/i.test(text)) statements.push(text)
    return query.apply(this, args)
  } as typeof Client.prototype.query
  try {
    await work()
  } finally {
    Client.prototype.query = query as typeof Client.prototype.query
  }
  return statements
}
