/** A migration that changes the rules by which values win is followed by values that follow the rules. */
import { afterAll, expect, test } from 'vitest'
import { recomputeIfRulesDiffer, workRecompute } from '../../../server/discovery/identity/recompute.ts'
import { createJobs } from '../../../server/kernel/jobs.ts'
import { anApp } from '../../support/app.ts'
import { quiet } from '../../support/estate.ts'
import { machine, sourcesOfTests, whole } from '../../support/sources.ts'

const estate = sourcesOfTests()
const app = anApp()
let stop: () => Promise<void> = async () => {}
afterAll(() => stop())

const platform = async () =>
  (
    await estate.sql<{ value: string }>(`select attributes->>'platform' as value from actual_item where name = 'm1'`)
  )[0]!.value
const asked: string[] = []
const asJobs = { enqueue: async (_em: unknown, queue: string) => void asked.push(queue) } as never
const begin = () => estate.change((em) => recomputeIfRulesDiffer(em, asJobs))

test('what rules of an upgrade decide otherwise is worked out anew by a job after the start, once', async () => {
  await begin()
  await begin()
  expect(asked, 'of nothing nothing is worked out').toEqual([])
  const says = (name: string) => machine({ key: 'm1', name: 'm1', machineId: 'id-m1', platform: name })
  await estate.load(await estate.source('ssh'), [says('linux'), whole])
  await estate.load(await estate.source('netbox'), [says('bsd'), whole])
  await begin()
  expect([await platform(), asked]).toEqual(['linux', []])

  // As a migration does it: SQL only.
  await estate.sql(
    `update identity_rule set "values" = '[{"attribute": "*", "sources": ["netbox", "ssh"]}]' where class_name = '*'`,
  )
  const jobs = createJobs({ url: estate.url, log: quiet })
  stop = () => jobs.stop()
  workRecompute(jobs, estate.orm.em, estate.services)
  await jobs.start()
  await estate.change((em) => recomputeIfRulesDiffer(em, jobs))
  await expect.poll(platform, { timeout: 20_000 }).toBe('bsd')
  await begin()
  expect(asked).toEqual([])
  await estate.sql(`insert into junk_value (kind, pattern) values ('platform', 'never seen')`)
  await begin()
  expect(asked).toEqual(['identity-recompute'])
})

test('the program asks it at its start', async () => {
  expect(await app.database.rows('select rules from identity_worked_out')).toHaveLength(1)
})
