/** Runs of real adapters over an estate without a job queue, interrupted and resumed as a person does it. */
import { runDiscovery } from '../../server/discovery/discovery.job.ts'
import { cancelDiscovery, startDiscovery } from '../../server/discovery/discovery.service.ts'
import { resumeDiscovery } from '../../server/discovery/resume.service.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { rows } from '../../server/kernel/sql.ts'
import { registerProduct } from '../../server/product/product.service.ts'
import { aViewer, nobody, type Estate } from './estate.ts'

const jobs = { enqueue: () => Promise.resolve() } as unknown as Jobs
const viewer = aViewer()

export interface Ended {
  state: string
  failure: string | null
  created: number
  problems: { rule: string; message: string; source: string | null; element: string | null }[]
}

export function looksAt(estate: Estate) {
  const services = () => ({ ...estate.services, jobs })
  const product = (name: string, kind: string, config: object) =>
    estate.change((em) => registerProduct(em, { name, kind, config }, estate.services, nobody))
  const start = async (productId: string) =>
    (await estate.change((em) => startDiscovery(em, { productId }, services(), viewer))).uuid
  const run = (runId: string) => runDiscovery(estate.orm.em, runId, estate.services, new AbortController().signal)
  const cancel = (runId: string) => estate.change((em) => cancelDiscovery(em, { id: toNodeId('run', runId) }, viewer))
  const resume = (runId: string) =>
    estate.change((em) => resumeDiscovery(em, { id: toNodeId('run', runId) }, services(), viewer))
  const ended = async (runId: string): Promise<Ended> => {
    const em = estate.orm.em.fork()
    const [one] = await rows<Omit<Ended, 'problems'>>(
      em,
      'select state, failure, created from discovery_run where uuid = $1',
      [runId],
    )
    const problems = await rows<Ended['problems'][number]>(
      em,
      'select rule, message, source, element from discovery_problem where run_id = $1 order by ordinal',
      [runId],
    )
    return { ...one!, problems }
  }
  return { product, start, run, cancel, resume, ended }
}
