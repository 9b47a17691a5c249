/** Names of fields whose value is nobody's business, in any spelling: `password`, `setupToken`, `Set-Cookie` ... */
const SECRET_NAME =
  /passw(or)?d|passphrase|secret|authorization|cookie|token$|credentials?$|api[-_]?key|private[-_]?key/i

/** Secrets inside of a text: in addresses, in query strings, in headers. */
const SECRET_TEXT: [pattern: RegExp, instead: string][] = [
  // Bounded and anchored: on a megabyte of letters an open `\w+` would take minutes.
  [/(\b\w{1,20}:\/\/[^\s:/@]*):[^\s@/]*@/g, '$1:***@'],
  [/([?&#](?:token|code|secret|password|setup)=)[^\s&#"]*/gi, '$1***'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, '$1 ***'],
  [/\bwb_[\w-]{8,}/g, 'wb_***'],
  [/(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END|$)/g, '$1 *** $2'],
]

const HIDDEN = '***'
const DEPTH = 6
const LONGEST_LIST = 100

/**
 * A copy that can be written as JSON and holds no secret: values of fields with a telling name, passwords in addresses,
 * bearer tokens and private keys are replaced by `***`. Cycles, deep and long values are cut; classes show their name.
 */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return SECRET_TEXT.reduce((text, [pattern, instead]) => text.replace(pattern, instead), value)
    case 'bigint':
      return String(value)
    case 'function':
    case 'symbol':
      return undefined
    case 'object':
      return value === null ? null : ofObject(value, depth)
    default:
      return value
  }
}

function ofObject(value: object, depth: number): unknown {
  if (depth >= DEPTH) return '…'
  if (value instanceof Error) return ofError(value, depth)
  if (Array.isArray(value)) return value.slice(0, LONGEST_LIST).map((each) => withoutSecrets(each, depth + 1))
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (isRequest(value)) return { method: value.method, url: withoutSecrets(value.url) }
  if (isReply(value)) return { statusCode: value.statusCode }
  if (!isPlain(value)) return `[${value.constructor.name}]`
  const shown = Object.entries(value).map(([name, each]) => [
    name,
    SECRET_NAME.test(name) && each !== null && each !== undefined ? HIDDEN : withoutSecrets(each, depth + 1),
  ])
  return Object.fromEntries(shown)
}

function ofError(error: Error, depth: number): unknown {
  const { name, message, stack, cause, code } = error as Error & { code?: unknown }
  const inner = error instanceof AggregateError ? error.errors : undefined
  return withoutSecrets({ name, message, code, stack, cause, errors: inner }, depth + 1)
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || prototype === Object.prototype
}

function isRequest(value: object): value is { method: string; url: string } {
  return !isPlain(value) && 'method' in value && 'url' in value
}

function isReply(value: object): value is { statusCode: number } {
  return !isPlain(value) && 'statusCode' in value
}
