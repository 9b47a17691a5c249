import { performance } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What Waybill counts, for Prometheus. One set for each app: two apps in one process do not mix. */
export type Metrics = ReturnType<typeof createMetrics>

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const MINUTES = [0.1, 0.5, 1, 5, 15, 30, 60, 300, 900, 3600]

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets = SECONDS) =>
    new Histogram({ name, help, labelNames, buckets, registers })
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name, help, labelNames, registers })
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name, help, labelNames, registers })

  addProcess(registry)
  return {
    registry,
    httpSeconds: histogram('waybill_http_request_seconds', 'Time to answer a request.', ['method', 'route', 'status']),
    /** `type`: query, mutation or subscription. `outcome`: ok, refused or error. Names are the client's and stay out. */
    graphqlSeconds: histogram('waybill_graphql_operation_seconds', 'Time to execute an operation.', [
      'type',
      'outcome',
    ]),
    eventsNumbered: counter('waybill_events_total', 'Events that the sequencer of this process numbered.'),
    eventLag: gauge('waybill_event_lag_seconds', 'Age of the oldest event that has no number yet.'),
    eventHead: gauge('waybill_event_head', 'Number of the newest event this process has seen.'),
    sockets: gauge('waybill_sockets', 'Open web sockets.'),
    subscriptions: gauge('waybill_subscriptions', 'Running subscriptions.'),
    deliveries: counter('waybill_subscription_deliveries_total', 'Messages sent to subscribers.'),
    resyncs: counter('waybill_subscription_resyncs_total', 'Subscribers told to resync.', ['reason']),
    jobSeconds: histogram('waybill_job_seconds', 'Time a job took.', ['queue', 'outcome'], MINUTES),
    jobsWaiting: gauge('waybill_jobs_waiting', 'Jobs that wait to be taken.', ['queue']),
    deployments: gauge('waybill_deployments', 'Deployments by state.', ['state']),
    attempts: counter('waybill_attempts_total', 'Attempts at targets by how they ended.', ['outcome']),
  }
}

/**
 * Answers `GET /metrics` and times every request. Call it on the root instance, before the routes.
 * The route's pattern is the label, never the address itself, which clients choose.
 */
export function serveMetrics(server: FastifyInstance, metrics: Metrics): void {
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    const labels = { method: request.method, route, status: String(reply.statusCode) }
    metrics.httpSeconds.observe(labels, reply.elapsedTime / 1_000)
  })
  server.get('/metrics', async (_request, reply) => {
    reply.type(metrics.registry.contentType)
    return metrics.registry.metrics()
  })
}

/** Has a gauge read its value when somebody looks at the metrics. */
export function readWhenAsked(gauge: Gauge, read: () => number): void {
  Object.assign(gauge, { collect: () => gauge.set(read()) })
}

/** Only what costs nothing between two looks: prom-client's own set keeps observers that nobody can stop. */
function addProcess(registry: Registry) {
  const registers = [registry]
  let before = performance.eventLoopUtilization()
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Gauge({
    name: 'process_cpu_seconds_total',
    help: 'CPU time, user and system.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.set((user + system) / 1e6)
    },
  })
  new Gauge({
    name: 'waybill_event_loop_utilization',
    help: 'Share of time that the event loop was busy since the last look, 0 to 1.',
    registers,
    collect() {
      const now = performance.eventLoopUtilization()
      this.set(performance.eventLoopUtilization(now, before).utilization)
      before = now
    },
  })
}
