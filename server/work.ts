import type { MikroORM } from '@mikro-orm/postgresql'
import { followBroughtBack } from './deployment/brought-back-follower.ts'
import { followHolders } from './deployment/care/holder-follower.ts'
import { createEngine } from './deployment/engine/engine.ts'
import { keepForecasts } from './deployment/forecast/keeper.ts'
import { followDeployments } from './deployment/task-follower.ts'
import { workDiscovery } from './discovery/discovery.job.ts'
import { watchFolders } from './discovery/watch-folders.ts'
import { recomputeIfRulesDiffer, workRecompute } from './discovery/identity/recompute.ts'
import { nextTick, workSchedule } from './discovery/policy.service.ts'
import type { Services } from './kernel/context.ts'
import type { EventRing } from './kernel/event-ring.ts'
import type { Logger } from './kernel/log.ts'
import type { Metrics } from './kernel/metrics.ts'
import { workOnScans } from './library/scan.ts'
import { beginGates } from './parts.ts'
import type { AppConfig } from './program.ts'
import { workReconciliation } from './reconciliation/reconciliation.job.ts'
import { workReconciliationClock } from './reconciliation/schedule.ts'
import { followEstate } from './task/readiness-follower.ts'
import { workValidation } from './validation/validation.job.ts'
import { watchValidations } from './validation/watcher.ts'

export interface WorkParts {
  config: AppConfig
  log: Logger
  orm: MikroORM
  events: EventRing
  services: Services
  metrics: Metrics
}

export interface Work {
  stop(): Promise<void>
}

/** The one visible list of what happens without a request: jobs by their queue, and what listens to the event log. */
export async function startWork({ config, log, orm, events, services, metrics }: WorkParts): Promise<Work> {
  const { jobs } = services
  if (!config.roles.includes('worker')) {
    await jobs.start()
    return { stop: () => jobs.stop() }
  }
  workDiscovery(jobs, orm.em, services)
  workRecompute(jobs, orm.em, services)
  workSchedule(jobs, orm.em, services)
  workReconciliation(jobs, orm.em, services)
  workReconciliationClock(jobs, orm.em)
  workOnScans(jobs, orm.em, services.contentStore)
  const { topology } = services
  workValidation(jobs, { em: orm.em, topology, log })
  const engine = createEngine({
    orm,
    url: config.databaseUrl,
    jobs,
    integrations: services.integrations,
    contentStore: services.contentStore,
    beginGates: beginGates(topology),
    metrics,
    log,
  })
  await jobs.start()
  await orm.em.fork().transactional((em) => nextTick(em, jobs, 1))
  await orm.em.fork().transactional((em) => recomputeIfRulesDiffer(em, jobs))
  await engine.start()
  const tasks = followEstate(orm.em, events, (fault) =>
    log.warn({ fault }, 'Following the estate for tasks was interrupted'),
  )
  const deployed = followDeployments(orm.em, events, (fault) =>
    log.warn({ fault }, 'Following the deployments for tasks was interrupted'),
  )
  const forecasts = keepForecasts(orm.em, (fault) => log.warn({ fault }, 'Forecasts of deployments were interrupted'))
  const broughtBack = followBroughtBack(orm.em, events, (fault) =>
    log.warn({ fault }, 'Following the deployments for reconciliation was interrupted'),
  )
  const holders = followHolders(orm.em, events, (fault) =>
    log.warn({ fault }, 'Following the people for what they hold was interrupted'),
  )
  const folders = watchFolders({
    em: orm.em,
    services,
    fault: (fault) => log.warn({ fault }, 'A watched folder could not be looked at'),
  })
  const validations = watchValidations({ em: orm.em, events, topology, log })
  return {
    async stop() {
      await validations.stop()
      await folders.stop()
      await holders.stop()
      await broughtBack.stop()
      await forecasts.stop()
      await deployed.stop()
      await tasks.stop()
      await engine.stop()
      await jobs.stop()
    },
  }
}
