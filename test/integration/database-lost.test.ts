import { expect, test } from 'vitest'
import { createOrm } from '../../server/kernel/database.ts'
import { aDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

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

test('closing does not wait for ever for a connection that nobody gives back', async () => {
  const orm = await createOrm(database.url, { entities: [], migrations: [] })
  const kept = orm.em
    .getConnection()
    .execute('select pg_sleep(600)')
    .catch(() => 'cut off')
  await until(
    () => database.rows(`select from pg_stat_activity where query = 'select pg_sleep(600)'`),
    (found) => found.length === 1,
  )
  await orm.close(true)
  expect(await kept).toBe('cut off')
})
