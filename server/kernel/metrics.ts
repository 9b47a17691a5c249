import { performance } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { JobCount } from './job-loop.ts'
import type { Published } from './sequencer.ts'

/** What Waybill counts, for Prometheus. One set for each app: two apps in one process do not mix. */
export type Metrics = ReturnType<typeof createMetrics>

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const counter = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
    new Counter<L>({ name, help, labelNames, registers })

  addProcess(registry)
  return {
    registry,
    httpSeconds: new Histogram({
      name: 'waybill_http_request_seconds',
      help: 'Time to answer a request.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    }),
    eventLag: gauge('waybill_event_lag_seconds', 'Age of the oldest event that has no number yet.'),
    eventHead: gauge('waybill_event_head', 'Number of the newest event this process has seen.'),
    eventsPublished: counter('waybill_events_published_total', 'Events this process gave their number.', ['topic']),
    eventResyncs: counter(
      'waybill_event_resyncs_total',
      'Readers of the log whose place was gone, so they begin anew.',
    ),
    stateChanges: counter(
      'waybill_state_changes_total',
      'Changes of state (deployments, validations, tasks, …), counted by whoever numbers the events.',
      ['noun', 'to'],
    ),
    targetOutcomes: counter('waybill_target_outcomes_total', 'Attempts at targets that ended, by what they came to.', [
      'outcome',
    ]),
    confirmations: counter('waybill_confirmations_total', 'Looks at reported targets that came to a verdict.', [
      'verdict',
    ]),
    jobs: counter('waybill_jobs_total', 'Jobs that ended here; a failed one is tried again.', ['queue', 'outcome']),
    jobSeconds: new Histogram({
      name: 'waybill_job_duration_seconds',
      help: 'Time that a job took, failed ones included.',
      labelNames: ['queue'],
      buckets: [...SECONDS, 60, 300, 1800],
      registers,
    }),
    jobsWaiting: new Gauge({
      name: 'waybill_jobs_waiting',
      help: 'Jobs that could be done now and wait for a worker, in the whole installation.',
      labelNames: ['queue'],
      registers,
    }),
    sockets: gauge('waybill_sockets', 'Open web sockets.'),
    socketMessages: counter('waybill_socket_messages_total', 'Messages of subscriptions given to sockets.'),
    socketResumes: counter('waybill_socket_resumes_total', 'Subscriptions that went on from a place the client named.'),
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
export function readWhenAsked(gauge: Gauge, read: () => number | Promise<number>): void {
  Object.assign(gauge, { collect: async () => gauge.set(await read()) })
}

/** What was numbered: events by topic, and changes of state by noun. */
export function countPublished(metrics: Metrics, published: readonly Published[]): void {
  for (const { topic, noun, to, count } of published) {
    metrics.eventsPublished.inc({ topic }, count)
    if (noun !== null && to !== null) metrics.stateChanges.inc({ noun, to }, count)
  }
}

/** A job that ended here. */
export function countJob(metrics: Metrics, ...[queue, outcome, seconds]: Parameters<JobCount>): void {
  metrics.jobs.inc({ queue, outcome })
  metrics.jobSeconds.observe({ queue }, seconds)
}

/** Has a counter follow a number that is counted elsewhere, where each count must cost nothing. */
export function followNumber(counter: Counter, read: () => number): void {
  const collect = () => {
    counter.reset()
    counter.inc(read())
  }
  Object.assign(counter, { collect })
}

/** Has a gauge with one label read its values when somebody looks; a label that is gone is shown no more. */
export function readEachWhenAsked<L extends string>(
  gauge: Gauge<L>,
  label: L,
  read: () => Promise<ReadonlyMap<string, number>>,
): void {
  const collect = async () => {
    const values = await read()
    gauge.reset()
    for (const [name, value] of values) gauge.set({ [label]: name } as Record<L, string>, value)
  }
  Object.assign(gauge, { collect })
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
