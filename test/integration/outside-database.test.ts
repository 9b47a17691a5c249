import { inject, expect, test } from 'vitest'
import { reachDatabase } from '../../server/kernel/outside-database.ts'

test('a database that answers is good', async () => {
  await expect(reachDatabase(inject('postgresUrl'))).resolves.toBeUndefined()
})

test('where nothing answers, host and port are named and the password is not', async () => {
  const failed = reachDatabase('postgresql://waybill:hunter2@127.0.0.1:1/waybill', 500)
  await expect(failed).rejects.toThrow('at 127.0.0.1:1 cannot be used: nothing answers there')
  await expect(failed).rejects.not.toThrow('hunter2')
})

test('a wrong password is refused at once, without trying for long', async () => {
  const url = new URL(inject('postgresUrl'))
  url.password = 'hunter2'
  const before = Date.now()
  await expect(reachDatabase(url.href)).rejects.toThrow('password authentication failed')
  expect(Date.now() - before).toBeLessThan(2_000)
})

test('a database that does not exist is named', async () => {
  const url = inject('postgresUrl').replace(/\/[^/]*$/, '/missing')
  await expect(reachDatabase(url)).rejects.toThrow('database "missing" does not exist')
})
