import { expect, test } from 'vitest'
import { createOrm } from '../../server/kernel/database.ts'
import { aDatabase } from '../support/database.ts'

const database = aDatabase()

test('connections that the database cuts off are replaced, and nobody ends because of it', async () => {
  const orm = await createOrm(database.url, { entities: [], migrations: [] })
  const answers = () =>
    Promise.all(Array.from({ length: 5 }, () => orm.em.getConnection().execute('select pg_sleep(0.05)')))
  await answers()
  await database.rows(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  await new Promise((done) => setTimeout(done, 200))
  expect(await answers()).toHaveLength(5)
  await orm.close(true)
})
