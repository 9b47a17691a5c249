// A program for tests: a worker with the counting module on the database of its first argument, until it is killed.
import { createMetrics } from '../../../server/kernel/metrics.ts'
import { createJobs } from '../../../server/kernel/jobs.ts'
import { createEngine } from '../../../server/deployment/engine/engine.ts'
import { connect, modules, noStore, quiet } from './world.ts'

console.log('loaded')
const url = process.argv[2]!
const orm = await connect(url)
const jobs = createJobs({ url, log: quiet })
const engine = createEngine({
  orm,
  url,
  jobs,
  integrations: modules() as never,
  contentStore: noStore,
  beginGates: [],
  metrics: createMetrics(),
  log: quiet,
})
await jobs.start()
await engine.start()
