import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { serveHealth, type ReadinessCheck } from '../../server/kernel/health.ts'
import { createMetrics, serveMetrics } from '../../server/kernel/metrics.ts'

function server(checks: Record<string, ReadinessCheck> = {}) {
  const fastify = Fastify()
  onTestFinished(() => fastify.close())
  serveMetrics(fastify, createMetrics())
  serveHealth(fastify, checks)
  fastify.get('/item/:id', async () => 'here')
  return fastify
}

test('ready means every check is right', async () => {
  const answer = await server({ database: async () => undefined }).inject('/health/ready')
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({ status: 'ready', checks: { database: 'ok' } })
})

test('one wrong check makes it not ready and says why, while it is still live', async () => {
  const fastify = server({ database: async () => undefined, sequencer: async () => 'events wait for 12 s' })
  const ready = await fastify.inject('/health/ready')
  expect(ready.statusCode).toBe(503)
  expect(ready.json()).toEqual({ status: 'not ready', checks: { database: 'ok', sequencer: 'events wait for 12 s' } })
  expect((await fastify.inject('/health/live')).statusCode).toBe(200)
})

test('a check that breaks or hangs counts as wrong and shows nothing of its inside', async () => {
  const answer = await server({
    database: async () => {
      throw new Error('connect ECONNREFUSED 10.0.0.7 password hunter2')
    },
    sequencer: () => new Promise(() => {}),
  }).inject('/health/ready')
  expect(answer.statusCode).toBe(503)
  expect(answer.json().checks).toEqual({ database: 'cannot be checked', sequencer: 'no answer within 2 s' })
})

test('requests are timed by route, not by address', async () => {
  const fastify = server()
  await fastify.inject('/item/1')
  await fastify.inject('/item/2')
  const metrics = (await fastify.inject('/metrics')).body
  expect(metrics).toContain('waybill_http_request_seconds_count{method="GET",route="/item/:id",status="200"} 2')
  expect(metrics).toContain('process_resident_memory_bytes')
})

test('two apps in one process count apart', async () => {
  const [first, second] = [createMetrics(), createMetrics()]
  first.eventHead.set(5)
  expect((await second.eventHead.get()).values[0]?.value).toBe(0)
})
