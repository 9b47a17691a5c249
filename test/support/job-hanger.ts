// A program for tests: takes jobs of the queue "orphan" and never ends them, until it is killed.
import { createJobs } from '../../server/kernel/jobs.ts'

const quiet = { info() {}, warn() {}, error() {} }
const jobs = createJobs({ url: process.argv[2]!, log: quiet })
jobs.work('orphan', { batch: 10, concurrency: 10 }, ({ id }) => {
  console.log(id)
  return new Promise(() => {})
})
await jobs.start()
