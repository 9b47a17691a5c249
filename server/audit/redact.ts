import { createHash } from 'node:crypto'
import { withoutSecrets } from '../kernel/secrets.ts'

/** Names of input fields, also deep inside a configuration, whose values nobody may read again. */
const SECRET = /password|passphrase|secret|token|credential|private_?key|api_?key|^(current|next)$/i

const LARGEST = 65_536 // characters of JSON that the log keeps of one input

/** The input of a mutation as the audit log keeps it: without secrets, and not longer than the log can bear. */
export function redacted(input: unknown): Record<string, unknown> {
  const clean = readable(input ?? {}) as Record<string, unknown>
  const text = JSON.stringify(clean)
  if (text.length <= LARGEST) return clean
  return { tooLongToKeep: text.length, sha256: createHash('sha256').update(text).digest('hex') }
}

function readable(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(storable(value))
  if (Array.isArray(value)) return value.map(readable)
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint') return String(value)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [storable(key), SECRET.test(key) && inner !== null ? '…' : readable(inner)]),
  )
}

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}
