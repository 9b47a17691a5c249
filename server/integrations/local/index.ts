/** Hosts that are folders on this machine: the reference module, and the fault source of the tests. See README.md. */
import { Refused } from '../integration.ts'
import type { AttemptOrder, AutomaticIntegration, DeliveryOrder, Evidence, Receipt } from '../integration.ts'
import { checkConfig, configFields, folderOf } from './config.ts'
import { deliverOne } from './deliver.ts'
import { discoverTargets } from './discover.ts'
import { hostOf } from './host.ts'
import { inspectHost } from './inspect.ts'
import { createJobPages } from './job-pages.ts'
import type { HealthPatience } from './service.ts'

export interface LocalOptions {
  /** How long a service may take to be well, in milliseconds: 10,000 to answer at all, 2,000 of saying that it is not. */
  health?: Partial<HealthPatience>
  /** For chaos tests: the fault "die" of a host's faults.json may kill this very process. */
  allowDie?: boolean
  /** Port of the job pages on loopback; without it any free one, chosen when the first link is asked for. */
  jobPagePort?: number
}

const atOnce = 8 // attempts of one order; the engine decides how many orders run at once

export function createLocal({ health, allowDie = false, jobPagePort = 0 }: LocalOptions = {}): AutomaticIntegration {
  const jobPages = createJobPages(jobPagePort)
  const options = { allowDie, health: { deadline: 10_000, unwell: 2_000, ...health } }

  async function deliverTo(folder: string, attempt: AttemptOrder, order: DeliveryOrder): Promise<Receipt> {
    try {
      return await deliverOne(hostOf(folder, attempt.target.key), attempt, order.signal, order.report, options)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return { attemptId: attempt.attemptId, outcome: 'refused', effect: 'none', cause: error.message, steps: [] }
    }
  }

  return {
    id: 'local',
    title: 'Local hosts',
    mode: 'automatic',
    configFields,
    checkConfig,

    async deliver(order) {
      const folder = folderOf(order.product.config)
      return inParallel(order.attempts, (attempt) => deliverTo(folder, attempt, order))
    },

    async inspect(product, questions) {
      const folder = folderOf(product.config)
      return inParallel(questions, async (question): Promise<Evidence> => {
        try {
          return await inspectHost(hostOf(folder, question.target.key), question)
        } catch (error) {
          const attempt = question.attempt && { attemptId: question.attempt.attemptId, effect: 'unknown' as const }
          const [at, detail] = [new Date().toISOString(), (error as Error).message]
          return { itemId: question.target.itemId, reachable: false, method: 'none', at, detail, attempt }
        }
      })
    },

    async listTargets(product, cursor) {
      return discoverTargets(folderOf(product.config), cursor)
    },

    async launchUrl(product, context) {
      return jobPages.urlOf({ id: product.id, name: product.name, folder: folderOf(product.config) }, context)
    },

    close: () => jobPages.close(),
  }
}

/** The results in the order of the items. */
async function inParallel<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const entries = items.entries()
  const worker = async () => {
    for (const [index, item] of entries) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return results
}
