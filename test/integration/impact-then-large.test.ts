// The impact of an earlier time where more is around an item than is read as a part.
import { beforeAll, expect, test } from 'vitest'
import { anEstate, aViewer, makeItems } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'

const estate = anEstate()
/** More than the 20,000 items that are read around one. */
const MANY = 20_500
let id: string
let then: string

beforeAll(async () => {
  const [db] = await estate.change((em) => makeItems(em, 'ComputerSystem', ['db']))
  id = db!.id
  const sql = estate.orm.em.getConnection()
  await sql.execute(
    `with made as (insert into configuration_item (uuid, ordinal, name, class_name, state)
       select gen_random_uuid(), 1000 + n, 'app ' || n, 'Application', 'PRODUCTION' from generate_series(1, ${MANY}) n returning uuid)
     insert into relationship (uuid, type, source_id, target_id) select gen_random_uuid(), 'dependsOn', made.uuid, '${db!.uuid}' from made`,
  )
  then = await aMoment()
  await sql.execute(`update relationship set valid_to = now() where valid_to is null`)
}, 120_000)

const ask = (selection: string) =>
  estate.query(
    `query($id: ID!, $at: Moment) { configurationItem(id: $id, at: $at) { ${selection} } }`,
    { id, at: then },
    aViewer(),
  )

test('counts are exact beyond the part, and only what is not listed is said to be left out', async () => {
  expect(
    await ask('impact(depth: 1, first: 10) { total truncated nodes { distance } groups { className count } }'),
  ).toEqual({
    configurationItem: {
      impact: {
        total: MANY,
        truncated: true,
        nodes: Array.from({ length: 10 }, () => ({ distance: 1 })),
        groups: [{ className: 'Application', count: MANY }],
      },
    },
  })
  expect(await ask('neighbourhood(depth: 1, first: 1) { total }')).toEqual({
    configurationItem: { neighbourhood: { total: MANY } },
  })
}, 60_000)
