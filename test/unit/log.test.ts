import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createLogger, type LogOptions } from '../../server/kernel/log.ts'

function logger(options: Partial<LogOptions> = {}) {
  const stream = new PassThrough()
  const log = createLogger({ level: 'info', format: 'json', stream, ...options })
  return { log, written: () => String(stream.read() ?? '') }
}

test('a line is one JSON object with time, level, message and facts', () => {
  const { log, written } = logger()
  log.child({ requestId: 'r1' }).info({ items: 3 }, 'Discovery done')
  const line = JSON.parse(written()) as Record<string, unknown>
  expect(line).toMatchObject({ level: 'info', message: 'Discovery done', requestId: 'r1', items: 3 })
  expect(Date.parse(line.time as string)).toBeGreaterThan(0)
})

test('less important lines are not written, and silent writes nothing', () => {
  const quiet = logger({ level: 'warn' })
  quiet.log.info('no')
  quiet.log.error('yes')
  expect(quiet.written()).toContain('"yes"')
  expect(quiet.written()).not.toContain('"no"')
  const silent = logger({ level: 'silent' })
  silent.log.fatal('no')
  expect(silent.written()).toBe('')
})

test('no secret gets through, wherever it hides', () => {
  const { log, written } = logger({ level: 'trace' })
  const canary = 'hunter2-canary'
  const cause = new Error(`connect postgresql://waybill:${canary}@db/waybill failed`)
  log.error(Object.assign(new Error('query failed', { cause }), { code: `Bearer ${canary}` }), 'Query failed')
  log.warn({ password: canary, nested: [{ setupToken: canary, 'Set-Cookie': [canary], apiKey: canary }] }, 'facts')
  log.info(`Open http://localhost:4000/setup?token=${canary}`)
  log.info({ headers: { authorization: `Basic ${canary}` }, text: `wb_int_${canary}` }, `Bearer ${canary}`)
  log.debug({ key: `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----` }, 'key')
  const lines = written()
  expect(lines.split('\n')).toHaveLength(6)
  expect(lines).not.toContain(canary)
  expect(lines).toContain('postgresql://waybill:***@db/waybill')
})

test('cycles, big numbers and classes do not break the log', () => {
  const { log, written } = logger()
  const loop: Record<string, unknown> = { big: 12n, map: new Map(), at: new Date(0) }
  loop.self = loop
  log.info(loop, 'odd')
  expect(JSON.parse(written())).toMatchObject({ big: '12', map: '[Map]', at: '1970-01-01T00:00:00.000Z' })
})

test('a person gets text', () => {
  const { log, written } = logger({ format: 'text' })
  log.warn({ port: 4000 }, 'Slow start')
  expect(written()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}Slow start\n {4}port: 4000\n$/)
})
