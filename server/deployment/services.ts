import type { Jobs } from '../kernel/jobs.ts'
import type { Integrations } from '../integrations/registry.ts'
import type { StartGate } from './deployment.gate.ts'

/** What deployments need of the composition root (app.ts). */
declare module '../kernel/context.ts' {
  interface Services {
    jobs: Jobs
    integrations: Integrations
    /** In the order in which they are asked. */
    startGates: readonly StartGate[]
  }
}
