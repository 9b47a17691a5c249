/** The sample estate runs on the machine of the program that is asked, so somebody there must carry things out. */
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { WorkerProcess } from '../../server/deployment/engine/worker-process.ts'
import { anApp } from '../support/app.ts'
import { quiet } from '../support/deployment/world.ts'

const app = anApp({ settings: { WAYBILL_ROLES: 'api,sequencer' } })
const workers: WorkerProcess[] = []
afterAll(() => Promise.all(workers.map((worker) => worker.close())))

async function aWorker(): Promise<WorkerProcess> {
  const worker = new WorkerProcess(app.database.url, quiet, () => {})
  await worker.register()
  workers.push(worker)
  return worker
}
const offered = async () =>
  (await app.admin.query<{ installation: { sampleOffered: boolean } }>('{ installation { sampleOffered } }'))
    .installation.sampleOffered

test('without a worker on the machine it is refused, and the setting is named', async () => {
  expect(await offered()).toBe(false)
  expect(await app.admin.tries('sampleOpen')).toMatchObject([
    { code: 'NO_WORKER_HERE', message: expect.stringContaining('WAYBILL_ROLES is api,sequencer') },
  ])
  expect(await app.database.rows('select 1 from management_product')).toEqual([])
})

test('a worker of another machine, and one that is dead, do not count', async () => {
  const far = await aWorker()
  await app.database.rows(`update worker_process set host = 'elsewhere' where uuid = '${far.id}'`)
  expect(await offered()).toBe(false)
  await (await aWorker()).close()
  expect(await app.database.rows('select 1 from worker_process')).toHaveLength(2)
  expect(await offered()).toBe(false)
  expect(await app.admin.tries('sampleOpen')).toMatchObject([{ code: 'NO_WORKER_HERE' }])
})

test('another program with the role that lives on this machine is enough', async () => {
  await aWorker()
  expect(await offered()).toBe(true)
  app.hostsIn(join(app.folder, 'sample', 'hosts'))
  await app.admin.does('sampleOpen')
  expect(await app.admin.tries('sampleOpen')).toMatchObject([{ code: 'SAMPLE_ALREADY_OPEN' }])
}, 60_000)
