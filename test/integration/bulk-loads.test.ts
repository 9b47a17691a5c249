import { expect, test } from 'vitest'
import { rows } from '../../server/kernel/sql.ts'
import { aFakeProduct, server } from '../support/fake-product.ts'

const { world, estate, aProduct, discover } = aFakeProduct()
const NOBODY = '11111111-1111-4111-8111-111111111111'

test('what a load writes cannot name what is not there, and what is named cannot be deleted', async () => {
  const product = await aProduct()
  world.targets = [server('r1', { on: ['r2'] }), server('r2')]
  await discover(product)
  const em = estate.orm.em.fork()
  const told = (text: string) =>
    rows(em, text).then(
      () => 'done',
      (error: Error) => error.message,
    )

  expect(await told(`update observation set actual_item_id = '${NOBODY}' where current`)).toContain(NOBODY)
  expect(await told(`update actual_mark set item_id = '${NOBODY}'`)).toContain('no such actual_item')
  expect(await told(`update actual_relationship set target_id = '${NOBODY}' where gone_at is null`)).toContain(NOBODY)
  expect(await told(`update actual_item set product_id = '${NOBODY}'`)).toContain('no such management_product')
  expect(
    await told(`insert into discovery_change (run_id, ordinal, kind, class_name, name, details)
    values ('${NOBODY}', 0, 'CREATED', 'Site', 'x', '{}')`),
  ).toContain('no such discovery_run')
  expect(await told(`delete from actual_item where name = 'r2'`)).toContain('is still named by')
  expect(await told(`delete from management_product where uuid = '${product.uuid}'`)).not.toBe('done')
})

test('ids that a load makes lie in the order in which they were made', async () => {
  const [made] = await rows<{ ordered: boolean; versions: string[] }>(
    estate.orm.em.fork(),
    `with made as (select n, uuid_in_order() as id, pg_sleep(case when n % 10 = 0 then 0.002 else 0 end) from generate_series(1, 100) n)
     select bool_and(ordered) as ordered, array_agg(distinct version) as versions from (
       select n % 10 <> 1 or id > coalesce(lag(id, 5) over (order by n), '${NOBODY.replaceAll('1', '0')}') as ordered, substr(id::text, 15, 1) as version from made) m`,
  )
  expect(made).toEqual({ ordered: true, versions: ['7'] })
})

test('names arrive letter by letter, whatever is in them, but for what PostgreSQL cannot keep', async () => {
  const product = await aProduct()
  const odd = ['NULL', '', ' ', '{1,2}', 'a"b', 'C:\\temp\\"x"', '🚚 é', "it's", 'two\nlines', '$1']
  const spoilt = ['before\u0000after', 'half \ud83d pair']
  world.targets = [...odd, ...spoilt].map((name, n) => ({ ...server(`odd-${n}`), name: `${name} ${n}` }))
  await discover(product)
  const found = await rows<{ name: string }>(
    estate.orm.em.fork(),
    `select name from actual_item where product_id = $1 and native_key ~ '^odd-' and class_name = 'ComputerSystem' order by substr(native_key, 5)::int`,
    [product.uuid],
  )
  const kept = [...odd, 'beforeafter', 'half \ufffd pair']
  expect(found.map(({ name }) => name)).toEqual(kept.map((name, n) => `${name} ${n}`))
})
