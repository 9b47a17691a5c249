import type { FastifyBaseLogger } from 'fastify'
import { withoutSecrets } from './secrets.ts'

/** Fastify's logger interface, so that one logger serves requests and everything else: `log.info({ facts }, 'sentence')`. */
export type Logger = FastifyBaseLogger

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
type Level = (typeof LEVELS)[number]

export interface LogOptions {
  /** The least important level that is written; 'silent' writes none. */
  level: Level | 'silent'
  /** `auto`: text on a terminal, else JSON. */
  format: 'auto' | 'json' | 'text'
  /** Where the lines go. Standard output is left to what a person or a script reads. */
  stream?: NodeJS.WritableStream & { isTTY?: boolean }
}

/**
 * One line for each call, with the time in UTC. Passwords, tokens and cookies never get into it, whatever object is
 * handed in (secrets.ts).
 */
export function createLogger({ level, format, stream = process.stderr }: LogOptions): Logger {
  const asText = format === 'text' || (format === 'auto' && stream.isTTY === true)
  const least = level === 'silent' ? LEVELS.length : LEVELS.indexOf(level)

  const logger = (bindings: Record<string, unknown>): Logger => {
    const write =
      (at: Level) =>
      (first: unknown, ...rest: unknown[]) => {
        if (LEVELS.indexOf(at) < least) return
        const { facts, message } = understand(first, rest)
        const clean = withoutSecrets({ ...bindings, ...facts }) as Record<string, unknown>
        const entry = {
          time: new Date().toISOString(),
          level: at,
          message: withoutSecrets(message) as string,
          ...clean,
        }
        stream.write(`${asText ? text(entry) : JSON.stringify(entry)}\n`)
      }
    return {
      ...(Object.fromEntries(LEVELS.map((at) => [at, write(at)])) as Record<Level, Logger['info']>),
      level,
      silent() {},
      child: (more) => logger({ ...bindings, ...more }),
    }
  }
  return logger({})
}

/** Called as pino is: (object, message), (error, message), (error) or (message). */
function understand(first: unknown, rest: unknown[]): { facts: object; message: string } {
  if (first instanceof Error) return { facts: { error: first }, message: String(rest[0] ?? first.message) }
  if (typeof first === 'object' && first !== null) return { facts: first, message: String(rest[0] ?? '') }
  return { facts: {}, message: [first, ...rest].join(' ') }
}

function text({ time, level, message, ...facts }: { time: string; level: Level; message: string }): string {
  const details = Object.entries(facts as Record<string, unknown>)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `\n    ${name}: ${show(value)}`)
  return `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${message}${details.join('')}`
}

function show(value: unknown): string {
  if (typeof value === 'string') return value
  const { stack } = (value ?? {}) as { stack?: string }
  return stack ? stack.replaceAll('\n', '\n    ') : JSON.stringify(value)
}
