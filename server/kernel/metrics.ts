import { performance } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import { Gauge, Histogram, Registry } from 'prom-client'

/** What Waybill counts, for Prometheus. One set for each app: two apps in one process do not mix. */
export type Metrics = ReturnType<typeof createMetrics>

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })

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
    sockets: gauge('waybill_sockets', 'Open web sockets.'),
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
